import { flags, manufacturerData } from "../../adapters/ble/simulator/advertising-data.ts";
import type { Air } from "../../adapters/ble/simulator/air.ts";
import { pvvxData } from "../../adapters/ble/simulator/devices/thermometer.ts";
import type { Clock } from "../../src/clock.ts";

/** What an iPhone says of itself: Continuity, Nearby Info. */
const phoneData = Buffer.concat([
  flags(),
  manufacturerData(0x004c, Buffer.from("10054b1cd4f2a8", "hex")),
]);

/** So many senders at a time, because a timer of 1 ms is the shortest. */
const floods = 20;

/**
 * People with phones walk by, each with an address of its own.
 * @returns resolves when so many were heard
 */
export async function walkBy(air: Air, perSecond: number, count: number): Promise<void> {
  let heard = 0;
  let done = (): void => {};
  const all = new Promise<void>((resolve) => {
    done = resolve;
  });
  const stopListening = air.listen({
    heard: ({ peripheral }) => {
      if (!peripheral) heard += 1;
      if (heard >= count) done();
    },
  });
  const stops = Array.from({ length: floods }, () => air.flood(perSecond / floods, phoneData));
  await all;
  for (const stop of [...stops, stopListening]) stop();
}

/** So many thermometers, each of which says something else every time. */
export function addThermometers(
  air: Air,
  clock: Clock,
  { count, everyMs }: { readonly count: number; readonly everyMs: number },
): readonly string[] {
  return Array.from({ length: count }, (_, n) => {
    const address = `a4c138${(0x100000 + n).toString(16)}`;
    const data = (): Buffer => {
      const turn = Math.floor(clock.now() / everyMs);
      return pvvxData(address, {
        celsius: 20 + ((turn + n) % 100) / 10,
        humidityPct: 50 + (turn % 7),
        count: turn,
      });
    };
    air.add({ address, intervalMs: everyMs, data });
    return `ble-${address}`;
  });
}
