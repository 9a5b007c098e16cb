import { duplexPair, type Duplex } from "node:stream";
import { generate, parser, type Packet } from "mqtt-packet";
import type { Clock } from "../../src/clock.ts";
import type { Chance } from "../support/chance.ts";

export interface LineOptions {
  readonly clock: Clock;
  readonly chance: Chance;
  /** Told of every packet, before anything happens to it. */
  readonly seen: (packet: Packet, from: "near" | "far") => void;
}

/** How bad a line is, as probabilities per publication. */
export interface Noise {
  readonly doubled: number;
  readonly late: number;
  readonly torn: number;
}

export const quiet: Noise = { doubled: 0, late: 0, torn: 0 };

const latestMs = 20_000;

/** A connection that doubles and delays publications, and breaks in the middle of one. */
export class FaultyLine {
  noise: Noise = quiet;
  readonly #options: LineOptions;
  #ends: readonly Duplex[] = [];

  constructor(options: LineOptions) {
    this.#options = options;
  }

  /** A new connection to what listens at `far`; the end to talk to. */
  open(far: Duplex): Duplex {
    this.cut();
    const [near, inner] = duplexPair();
    const ends = [near, inner, far];
    this.#ends = ends;
    const cut = (): void => destroyAll(ends);
    for (const end of [inner, far]) end.on("close", cut).on("error", cut);
    this.#carry("near", inner, far, cut);
    this.#carry("far", far, inner, cut);
    return near;
  }

  /** Breaks it. */
  cut(): void {
    destroyAll(this.#ends);
  }

  #carry(side: "near" | "far", from: Duplex, to: Duplex, cut: () => void): void {
    const { seen } = this.#options;
    const packets = parser({ protocolVersion: 4 });
    packets.on("packet", (packet: Packet) => {
      seen(packet, side);
      this.#pass(packet, to, cut);
    });
    from.on("data", (data: Buffer) => packets.parse(data));
  }

  #pass(packet: Packet, to: Duplex, cut: () => void): void {
    const { chance, clock } = this.#options;
    const bytes = generate(packet);
    const write = (): void => {
      if (to.writable) to.write(bytes);
    };
    if (packet.cmd !== "publish" || this.noise === quiet) return write();
    const { doubled, late, torn } = this.noise;
    if (chance.happens(torn)) {
      to.write(bytes.subarray(0, bytes.length / 2));
      return cut();
    }
    if (chance.happens(late)) clock.after(chance.between(1, latestMs), write);
    else write();
    // A device that says the same again: with an acknowledgement it would be another message.
    if (packet.qos === 0 && chance.happens(doubled)) write();
  }
}

function destroyAll(ends: readonly Duplex[]): void {
  for (const end of ends) end.destroy();
}
