import { createRequire } from "node:module";
import type { Clock } from "koine/adapter";
import type { HciStreamOptions } from "./hci-stream.ts";
import type { Noble } from "./noble.ts";

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
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a package without types for this file
  const make = require("@abandonware/noble/with-custom-binding") as (options: object) => Noble;
  const deviceId = Number(/^hci(\d+)$/.exec(controller)?.[1] ?? 0);
  return make({ deviceId, extended });
}

/** For the socket that the library makes next. */
let nextStream: HciStreamOptions | undefined;

/** Has the library talk to a controller behind a stream, from here to where it makes its socket. */
async function useStream(options: HciStreamOptions): Promise<void> {
  const { HciStream } = await import("./hci-stream.ts");
  const { replaceNativeSocket } = await import("./replace-socket.ts");
  // The library keeps the class it was first given, and calls it without arguments.
  if (!nextStream) {
    replaceNativeSocket(
      class extends HciStream {
        constructor() {
          super(nextStream ?? options);
        }
      },
    );
  }
  nextStream = options;
}
