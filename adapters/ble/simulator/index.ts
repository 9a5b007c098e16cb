import type { Clock } from "koine/adapter";
import { Line } from "../../simulation/line.ts";
import { Air } from "./air.ts";
import { Controller, type ControllerOptions } from "./controller.ts";
import { moveIn } from "./devices/index.ts";

export interface WorldOptions extends Partial<Omit<ControllerOptions, "air" | "clock" | "random">> {
  readonly clock: Clock;
  readonly random: () => number;
}

/** A controller behind a TCP port that carries H4, and the air that it hears. */
export class World {
  readonly air: Air;
  readonly controller: Controller;
  readonly #line: Line;
  readonly #clock: Clock;
  #isClosed = false;

  constructor(options: WorldOptions) {
    const { clock, random } = options;
    this.#clock = clock;
    this.air = new Air({ clock, random });
    this.controller = new Controller({ ...options, air: this.air });
    this.#line = new Line(() => this.controller, { clock });
  }

  /** Lets hosts connect. @param port 0: one that is free */
  async open(port = 0): Promise<void> {
    await this.#line.open(port);
  }

  /** Where a host finds the controller: `tcp://127.0.0.1:port`. */
  get address(): string {
    return this.#line.address;
  }

  get port(): number {
    return this.#line.port;
  }

  /** Cuts the connection; the next one is accepted, and finds the controller reset. */
  drop(): void {
    this.#line.drop();
  }

  /** The adapter goes down: the connection is cut, and none is accepted. */
  async down(): Promise<void> {
    await this.#line.close();
  }

  /** The adapter is up again, where it was. */
  async up(): Promise<void> {
    await this.#line.open();
  }

  /** The adapter is down for a while. Resolves when it is up again. */
  async downFor(ms: number): Promise<void> {
    await this.down();
    await this.#clock.sleep(ms);
    if (!this.#isClosed) await this.up();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.air.close();
    await this.#line.close();
  }
}

export interface StartOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** Where the controller is to be found. */
  readonly port: number;
}

/** A farm with one device of every kind, and a controller that hears them. Resolves to its end. */
export async function startWorld({
  clock,
  random,
  port,
}: StartOptions): Promise<() => Promise<void>> {
  const world = new World({ clock, random });
  moveIn({ air: world.air, clock, random });
  await world.open(port);
  return () => world.close();
}
