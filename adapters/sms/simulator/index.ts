import type { Clock } from "koine/adapter";
import { Line } from "../../simulation/line.ts";
import { Modem } from "./modem.ts";
import { Network } from "./network.ts";

export interface WorldOptions {
  readonly clock: Clock;
  /** Where the modem is to be found. */
  readonly port: number;
}

/** How often somebody texts, in ms. */
const apartMs = 45_000;

/** What people text from time to time: numbers that nobody has. */
const chats = [
  ["+254700000001", "Habari, pampu inafanya kazi?"],
  ["+254700000002", "Is the gate closed?"],
  ["+254700000001", "Asante 🙏"],
] as const;

/**
 * A mobile network with a modem and two people who text now and then. Resolves to a function that
 * ends it.
 */
export async function startWorld({ clock, port }: WorldOptions): Promise<() => Promise<void>> {
  const network = new Network(clock);
  const modem = new Modem({ clock, network, make: "sim7600" });
  const line = new Line(() => modem, { clock });
  await line.open(port);
  let turn = 0;
  const talk = clock.every(apartMs, () => {
    const [from, text] = chats[turn % chats.length] ?? chats[0];
    network.text(from, text);
    turn += 1;
  });
  return async () => {
    talk.cancel();
    await line.close();
  };
}
