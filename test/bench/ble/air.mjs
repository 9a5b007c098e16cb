/**
 * A virtual Bluetooth controller with sensors in its reach, as a process of its own: what it costs is
 * nobody else's. Told over IPC what to do; answers each message with one of its own.
 */
import { systemClock } from "../../../dist/src/clock.js";
import { pvvxData } from "../../../dist/adapters/ble/simulator/devices/thermometer.js";
import { World } from "../../../dist/adapters/ble/simulator/index.js";

/** Ms since 1970, in parts of a millisecond: the same in every process. */
const now = () => performance.timeOrigin + performance.now();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** A timer is no finer; what is due by then is sent at once. */
const tickMs = 2;

const world = new World({ clock: systemClock(), random: Math.random });
await world.open();

/** @returns {[device: string, value: number, at: number][]} */
const newLog = () => [];
/** How many were sent before: what was said once is no news. */
let before = 0;

/** So many advertisements a second, each with another temperature; answers when each was sent. */
async function advertise({ perSecond, seconds, devices }) {
  const sent = newLog();
  const startedAt = now();
  while (sent.length < perSecond * seconds) {
    const due = Math.min(((now() - startedAt) * perSecond) / 1_000, perSecond * seconds);
    while (sent.length < due) sent.push(send(devices));
    await sleep(tickMs);
  }
  return sent;
}

/** @returns {[device: string, value: number, at: number]} the next value of the next sensor */
function send(devices) {
  const address = `a4c138${(0x200000 + (before % devices)).toString(16)}`;
  const turn = Math.floor(before / devices);
  before += 1;
  const celsius = (turn % 6_000) / 100;
  const data = pvvxData(address, { celsius, humidityPct: 50, count: turn });
  world.air.transmit({
    address,
    addressType: "public",
    isConnectable: false,
    isExtended: false,
    data,
    scanResponse: undefined,
    rssiDbm: -70,
    peripheral: undefined,
  });
  return [`ble-${address}`, celsius, now()];
}

async function answer({ ask, ...params }) {
  process.send(ask === "address" ? world.address : await advertise(params));
}

process.on("message", (question) => void answer(question));
process.on("disconnect", () => process.exit(0));
process.send("ready");
