import type { Reader } from "./bytes.ts";
import { status } from "./hci.ts";

/** How a command is answered: with what it returns, or with a status and events later. */
export type Answer =
  | { readonly type: "complete"; readonly returned: Buffer }
  | { readonly type: "status"; readonly status: number; readonly afterwards?: () => void };

/** One command: its opcode, how long its parameters are (undefined: any length), what it does. */
export type Command = readonly [
  opcode: number,
  length: number | undefined,
  run: (parameters: Reader) => Answer,
];

/** Command Complete: a status, and what follows it. */
export function complete(code: number = status.success, returned?: Uint8Array): Answer {
  return { type: "complete", returned: Buffer.concat([Buffer.from([code]), ...given(returned)]) };
}

/** Command Status. @param afterwards what happens after it was sent */
export function accepted(afterwards: () => void): Answer {
  return { type: "status", status: status.success, afterwards };
}

export function refused(code: number): Answer {
  return { type: "status", status: code };
}

function given(bytes: Uint8Array | undefined): readonly Uint8Array[] {
  return bytes ? [bytes] : [];
}
