import type { Clock } from "koine/adapter";
import { House } from "./house.ts";

export interface WorldOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** Where the stick is to be found. */
  readonly port: number;
  /** Devices join as soon as there is a network, without anybody letting them in. */
  readonly isOpen: boolean;
}

/** How long after the network is up the first device comes, and then one after the other, in ms. */
const settleMs = 4_500;
const apartMs = 400;
/** How often something happens in the life of a device, in ms. */
const lifeMs = 20_000;
const lookMs = 250;

/**
 * A house with a stick and one device of every kind, which live: temperatures drift, doors open,
 * buttons are pressed. Resolves to a function that ends it.
 */
export async function startWorld({
  clock,
  random,
  port,
  isOpen,
}: WorldOptions): Promise<() => Promise<void>> {
  const house = new House({ clock, random });
  await house.line.open(port);
  const over = new AbortController();
  const living = live(house, clock, isOpen, over.signal).catch((error: unknown) => {
    if (!over.signal.aborted) throw error;
  });
  return async () => {
    over.abort(new Error("The world has ended"));
    await living;
    await house.line.close();
  };
}

async function live(
  house: House,
  clock: Clock,
  isOpen: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (isOpen) {
    while (!house.stick.isUp) await clock.sleep(lookMs, signal);
    await clock.sleep(settleMs, signal);
    house.radio.open(Number.MAX_SAFE_INTEGER);
  }
  await house.moveIn(signal, apartMs);
  for (;;) {
    for (const device of house.devices.values()) {
      await clock.sleep(lifeMs / house.devices.size, signal);
      device.model.live?.(device);
    }
  }
}
