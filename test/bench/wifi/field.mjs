/** Five hundred devices of four makes, each a client of its own, each one message a second. */
import { connectAsync } from "mqtt";

/** @typedef {{ readonly n: number; readonly mac: string; readonly tick: number }} Device */
/** @typedef {readonly [topic: string, body: unknown]} Message */
/**
 * @typedef {object} Make
 * @property {number} share
 * @property {(device: Device) => Message[]} hello
 * @property {(device: Device) => Message} report
 */

const [, , port = "1883", count = "500"] = process.argv;
const url = `mqtt://127.0.0.1:${port}`;

/** @type {(device: Device) => string} */
const shelly = ({ mac }) => `shellyplus1pm-${mac.toLowerCase()}`;

/** @type {readonly Make[]} */
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
    hello: (device) => [[`${shelly(device)}/online`, "true"]],
    report: (device) => [
      `${shelly(device)}/events/rpc`,
      {
        src: shelly(device),
        dst: `${shelly(device)}/events`,
        method: "NotifyStatus",
        params: {
          ts: 0,
          "switch:0": { id: 0, apower: 700 + (device.tick % 9), voltage: 230, current: 3.1 },
        },
      },
    ],
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

const fleet = makes.flatMap((make, index) =>
  Array.from({ length: Math.round(Number(count) * make.share) }, (_, k) => {
    const n = index * 1_000 + k;
    const mac = `024B4F${n.toString(16).toUpperCase().padStart(6, "0")}`;
    return { make, device: { n, mac, tick: 0 } };
  }),
);

/** @type {(body: unknown) => string} */
const text = (body) => (typeof body === "string" ? body : JSON.stringify(body));

/** @type {{ make: Make, device: Device, client: import("mqtt").MqttClient }[]} */
const clients = [];
for (const { make, device } of fleet) {
  const client = await connectAsync(url, { clientId: `d${device.n}`, reconnectPeriod: 0 });
  for (const [topic, body] of make.hello(device)) {
    await client.publishAsync(topic, text(body), { qos: 1, retain: true });
  }
  clients.push({ make, device, client });
}
process.send?.("ready");

/** Reports go out in so many portions a second, as devices are spread over it. */
const portions = 10;
let turn = 0;
let sent = 0;
setInterval(() => {
  for (let index = turn % portions; index < clients.length; index += portions) {
    const one = clients[index];
    if (!one) continue;
    const { make, device, client } = one;
    const [topic, body] = make.report({ ...device, tick: Math.floor(turn / portions) });
    client.publish(topic, text(body));
    sent += 1;
  }
  turn += 1;
}, 1_000 / portions);
process.on("message", () => process.send?.(sent));
