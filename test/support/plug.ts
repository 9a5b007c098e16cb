/** What a Tasmota plug says of itself, on `tasmota/discovery/024B4F0000AA/config`. */
export const plugConfig = {
  dn: "Plug",
  fn: ["Plug"],
  md: "Sonoff",
  sw: "15",
  t: "plug",
  ft: "%prefix%/%topic%/",
  tp: ["cmnd", "stat", "tele"],
  rl: [1],
};
