import type { Clock } from "koine/adapter";
import { Line } from "../../simulation/line.ts";
import { Modem } from "./modem.ts";
import { Network } from "./network.ts";
import { Tower } from "./tower.ts";

export interface WorldOptions {
  readonly clock: Clock;
  /** Where the modem is to be found. */
  readonly port: number;
  /** Where phones are let in. */
  readonly phonePort: number;
}

/** Who has a phone that is known by name. */
const people: ReadonlyMap<string, string> = new Map([
  ["Amina", "+254700000001"],
  ["Joseph", "+254700000002"],
]);

/** A mobile network with a modem, and a tower for phones. Resolves to a function that ends it. */
export async function startWorld({
  clock,
  port,
  phonePort,
}: WorldOptions): Promise<() => Promise<void>> {
  const network = new Network(clock);
  const modem = new Modem({ clock, network, make: "sim7600" });
  const line = new Line(() => modem, { clock });
  const tower = new Tower({ clock, network, people });
  await line.open(port);
  try {
    await tower.open(phonePort);
  } catch (error) {
    await line.close();
    throw error;
  }
  return async () => {
    await Promise.all([line.close(), tower.close()]);
  };
}
