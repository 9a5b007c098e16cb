import { createRequire } from "node:module";
import type { Clock } from "koine/adapter";
import { HciStream, type HciStreamOptions } from "./hci-stream.ts";
import type { Noble } from "./noble.ts";
import { replaceNativeSocket } from "./replace-socket.ts";

export interface LoadOptions {
  /** `hci0`, or the `tcp://host:port` of a controller that speaks HCI there. */
  readonly controller: string;
  /** Listen for the longer advertisements of Bluetooth 5, too. */
  readonly extended: boolean;
  readonly clock: Clock;
  readonly count: (name: string) => void;
}

const require = createRequire(import.meta.url);

/**
 * Loads the library, an optional part of this package, and makes a central for one controller. To load
 * it opens a socket of the kernel: without Bluetooth that fails, and natively it may abort.
 * @throws whatever the library, or its absence, throws
 */
export async function loadNoble({
  controller,
  extended,
  clock,
  count,
}: LoadOptions): Promise<Noble> {
  if (controller.startsWith("tcp:")) {
    await useStream({
      address: controller,
      clock,
      problem: (problem) => count(`hci_${problem}`),
    });
  }
  try {
    return make({ deviceId: Number(/^hci(\d+)$/.exec(controller)?.[1] ?? 0), extended });
  } catch (error) {
    nextStream?.stop();
    throw error;
  }
}

function make(options: object): Noble {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a package without types for this file
  return (require("@abandonware/noble/with-custom-binding") as (given: object) => Noble)(options);
}

/** What the library gets where it makes its socket next. */
let nextStream: HciStream | undefined;

/**
 * Has the library talk to a controller behind a stream. It is connected before: the library looks once,
 * and a second later again.
 */
async function useStream(options: HciStreamOptions): Promise<void> {
  const stream = new HciStream(options);
  stream.start();
  await stream.tried;
  // The library keeps the class that it was first given, and calls it without arguments.
  if (!nextStream) replaceNativeSocket(NextStream);
  nextStream = stream;
}

// oxlint-disable-next-line typescript/no-extraneous-class -- the library calls it with new
class NextStream {
  constructor() {
    return nextStream ?? this;
  }
}
