import type { Meaning, Words } from "./words.ts";

const snake: Readonly<Record<string, string>> = Object.fromEntries(
  [
    "button pressed",
    "power button pressed",
    "daily clean",
    "deep clean",
    "tongue cleaning",
    "gum care",
    "super sensitive",
    "smart adapt",
    "flight menu",
    "selection menu",
    "post brushing statistics",
    "final test",
    "pcb test",
  ].map((words) => [words, words.replaceAll(" ", "_")]),
);

const state: Meaning = { is: "x_oralb_state", map: { ...snake, initialising: "initializing" } };
const mode: Meaning = { is: "x_oralb_mode", map: snake };

export const oralB: Words = {
  "*": {
    time: { is: "duration" },
    duration: { is: "duration" },
    sector_timer: { is: "x_oralb_sector_timer" },
    number_of_sectors: { is: "x_oralb_number_of_sectors" },
    toothbrush_state: state,
    state,
    mode,
    brushing: { is: "running" },
    toothbrush: { is: "running" },
    // Minutes and seconds, read as one number of two bytes: 0x0411 is four minutes seventeen.
    counter: { is: "duration", map: { "1041": 257 } },
    pressure: {
      is: "x_oralb_pressure",
      map: {
        ...snake,
        // 0x28: the bit of the power button, which this source does not know.
        "unknown pressure 40": "power_button_pressed",
        // One source gives the byte itself.
        "32": "normal",
        "50": "normal",
        "54": "button_pressed",
        "58": "power_button_pressed",
      },
    },
    sector: {
      is: "x_oralb_sector",
      map: {
        "no sector": "none",
        "sector 1": "1",
        "sector 2": "2",
        "sector 3": "3",
        "sector 4": "4",
        "sector 5": "5",
        "sector 6": "6",
        // 0x37: the last of four.
        "sector 55": "4",
      },
    },
  },
  // This source tells the sector also when nobody brushes.
  "theengs:ORALB_BT": {
    sector: {
      is: "x_oralb_last_sector",
      // 0x08 is a bit of the display, and no sector.
      map: { "1": "1", "2": "2", "3": "3", "4": "4", "8": "none" },
    },
  },
};
