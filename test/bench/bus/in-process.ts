import { setImmediate as turn } from "node:timers/promises";
import type { Bus } from "../../../src/core/bus.ts";
import { timestamp } from "../../../src/model/state.ts";
import type { Figures } from "./scenarios.ts";

const devices = 100;
const time = timestamp(0);

/**
 * What it costs the daemon itself to tell that a device has changed, with nobody listening: its
 * state and each of three values, in one turn of the event loop per update.
 */
export async function publishUpdates(bus: Bus, updates: number): Promise<Figures> {
  const before = process.cpuUsage();
  for (let n = 0; n < updates; n++) {
    publishUpdate(bus, `wifi-bench${n % devices}`, n);
    await turn();
  }
  const { user, system } = process.cpuUsage(before);
  return { "CPU µs per update": (user + system) / updates };
}

function publishUpdate(bus: Bus, device: string, n: number): void {
  const values = { temperature: n / 100, humidity: n % 100, onoff: n % 2 === 0 };
  for (const [property, body] of Object.entries(values)) {
    bus.publish({ kind: "value", device, property, body });
  }
  bus.publish({ kind: "state", device, body: { ...values, _ts: time, _seq: n } });
}
