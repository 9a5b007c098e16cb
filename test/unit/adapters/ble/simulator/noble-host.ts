import { once, type EventEmitter } from "node:events";
import { createRequire } from "node:module";
import type { Peripheral } from "@abandonware/noble";
import { HciStream, type HciProblem } from "../../../../../adapters/ble/radio/hci-stream.ts";
import { replaceNativeSocket } from "../../../../../adapters/ble/radio/replace-socket.ts";
import { World, type WorldOptions } from "../../../../../adapters/ble/simulator/index.ts";
import { systemClock } from "../../../../../src/clock.ts";
import { seeded } from "./seeded.ts";

/** What of noble's `_hci` is listened to. */
export type Hci = EventEmitter;

export interface Noble extends EventEmitter {
  readonly _bindings: EventEmitter & { readonly _hci: Hci };
  startScanning(services: readonly string[], allowDuplicates: boolean): void;
  stopScanning(): void;
  cancelConnect(uuid: string): void;
}

/** How much faster than real the simulated world is. */
const scale = 10;

const require = createRequire(import.meta.url);
let address = "";
const streams: HciStream[] = [];
export const problems: HciProblem[] = [];

class Socket extends HciStream {
  constructor() {
    const clock = systemClock(scale);
    super({ address, clock, problem: (problem) => problems.push(problem) });
    streams.push(this);
  }
}

/** noble keeps listeners on the process for as long as that lives. */
process.setMaxListeners(0);
replaceNativeSocket(Socket);
const withBindings = require("@abandonware/noble/with-bindings") as (bindings: unknown) => Noble;
const Bindings = require("@abandonware/noble/lib/hci-socket/bindings") as new (
  options: Readonly<Record<string, unknown>>,
) => unknown;

export interface Host extends AsyncDisposable {
  readonly world: World;
  readonly noble: Noble;
  readonly hci: Hci;
  readonly stream: HciStream;
}

export interface HostOptions extends Partial<WorldOptions> {
  readonly extended?: boolean;
}

/** A world and a noble of its own that is powered on. */
export async function host({ extended = false, ...options }: HostOptions = {}): Promise<Host> {
  const world = new World({ clock: systemClock(scale), random: seeded(), ...options });
  await world.open();
  address = world.address;
  const noble = withBindings(new Bindings({ extended }));
  const stream = streams.at(-1);
  if (!stream) throw new Error("noble made no socket");
  problems.length = 0;
  // noble looks once a second: what is connected before its first look is on at once.
  stream.start();
  await connected(stream);
  await state(noble, "poweredOn");
  return {
    world,
    noble,
    hci: noble._bindings._hci,
    stream,
    async [Symbol.asyncDispose]() {
      stream.stop();
      await world.close();
    },
  };
}

async function connected(stream: HciStream): Promise<void> {
  while (!stream.isDevUp()) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Resolves when noble says that it is in a state. */
export async function state(noble: Noble, wanted: string): Promise<void> {
  for (;;) {
    const [is] = (await once(noble, "stateChange")) as [string];
    if (is === wanted) return;
  }
}

/** The peripheral that noble discovers with an address. */
export async function discovered(noble: Noble, uuid: string): Promise<Peripheral> {
  for (;;) {
    const [peripheral] = (await once(noble, "discover")) as [Peripheral];
    if (peripheral.uuid === uuid) return peripheral;
  }
}
