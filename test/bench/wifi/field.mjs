/** Five hundred devices of four makes, each a client of its own, each one message a second. */
import { connectAsync } from "mqtt";

const [, , port = "1883", count = "500"] = process.argv;
const url = `mqtt://127.0.0.1:${port}`;

const makes = [
  {
    share: 0.4,
    hello: ({ n, mac }) => [
      [
        `tasmota/discovery/${mac}/config`,
        {
          ip: "192.0.2.1",
          dn: `Plug ${n}`,
          fn: [`Plug ${n}`, null],
          mac,
          md: "Plug",
          ofln: "Offline",
          onln: "Online",
          state: ["OFF", "ON", "TOGGLE", "HOLD"],
          sw: "15.0.1",
          t: `plug_${n}`,
          ft: "%prefix%/%topic%/",
          tp: ["cmnd", "stat", "tele"],
          rl: [1, 0, 0, 0, 0, 0, 0, 0],
          ver: 1,
        },
      ],
    ],
    report: ({ n, tick }) => [
      `tele/plug_${n}/SENSOR`,
      {
        Time: "2026-11-26T12:00:00",
        ENERGY: {
          TotalStartTime: "2026-01-01T00:00:00",
          Total: 10 + tick / 1_000,
          Yesterday: 1.2,
          Today: tick / 1_000,
          Power: 40 + (tick % 7),
          ApparentPower: 45,
          ReactivePower: 12,
          Factor: 0.9,
          Voltage: 230 + (tick % 3),
          Current: 0.19,
        },
      },
    ],
  },
  {
    share: 0.2,
    hello: ({ id }) => [[`${id}/online`, "true"]],
    report: ({ id, tick }) => [
      `${id}/events/rpc`,
      {
        src: id,
        dst: `${id}/events`,
        method: "NotifyStatus",
        params: {
          ts: 0,
          "switch:0": { id: 0, apower: 700 + (tick % 9), voltage: 230, current: 3.1 },
        },
      },
    ],
    id: ({ mac }) => `shellyplus1pm-${mac.toLowerCase()}`,
  },
  {
    share: 0.2,
    hello: ({ n, mac }) =>
      ["temperature", "humidity"].map((kind) => [
        `homeassistant/sensor/node-${n}/${kind}/config`,
        {
          name: kind,
          dev_cla: kind,
          unit_of_meas: kind === "humidity" ? "%" : "°C",
          stat_t: `node-${n}/sensor/${kind}/state`,
          avty_t: `node-${n}/status`,
          uniq_id: `${mac}-${kind}`,
          dev: { ids: mac.toLowerCase(), name: `Node ${n}`, sw: "2026.10.1", mf: "espressif" },
        },
      ]),
    report: ({ n, tick }) =>
      tick % 2 === 0
        ? [`node-${n}/sensor/temperature/state`, String(20 + (tick % 10) / 10)]
        : [`node-${n}/sensor/humidity/state`, String(50 + (tick % 10) / 10)],
  },
  {
    share: 0.2,
    hello: ({ n }) => [
      [
        `homie/5/meter-${n}/$description`,
        {
          homie: "5.0",
          version: 1,
          name: `Meter ${n}`,
          nodes: { meter: { properties: { power: { datatype: "float", unit: "W" } } } },
        },
      ],
      [`homie/5/meter-${n}/$state`, "ready"],
    ],
    report: ({ n, tick }) => [`homie/5/meter-${n}/meter/power`, String(100 + (tick % 50))],
  },
];

const devices = makes.flatMap((make, index) => {
  const number = Math.round(Number(count) * make.share);
  return Array.from({ length: number }, (_, k) => {
    const n = index * 1_000 + k;
    const mac = `024B4F${n.toString(16).toUpperCase().padStart(6, "0")}`;
    return { make, n, mac, id: make.id?.({ mac }) ?? "" };
  });
});

const text = (body) => (typeof body === "string" ? body : JSON.stringify(body));
for (const device of devices) {
  device.client = await connectAsync(url, { clientId: `d${device.n}`, reconnectPeriod: 0 });
  for (const [topic, body] of device.make.hello(device)) {
    await device.client.publishAsync(topic, text(body), { qos: 1, retain: true });
  }
}
process.send("ready");

let tick = 0;
let sent = 0;
/* Spread over the second, as devices are. */
setInterval(() => {
  const slot = tick % 10;
  for (let index = slot; index < devices.length; index += 10) {
    const device = devices[index];
    const [topic, body] = device.make.report({ ...device, tick: Math.floor(tick / 10) });
    device.client.publish(topic, text(body));
    sent += 1;
  }
  tick += 1;
}, 100);
process.on("message", () => process.send(sent));
