import { addressBytes, type Address } from "../pdu/address.ts";
import { bodyBytes, type Body } from "../pdu/body.ts";
import { schemeOf } from "../pdu/coding.ts";
import { timestampBytes, type Timestamp } from "../pdu/time.ts";

/** The message centre that the simulated network has: +12063130057. */
const centre = "07912160130350F7";
const header = 0x40;
const nothingMore = 0x04;
const statusReport = 0x02;

/** A text as the network gives it to a modem, in hexadecimal digits. */
export function deliverPdu(from: Address, sentAt: Timestamp, body: Body): string {
  const first = nothingMore | (body.header.concat ? header : 0);
  const bytes = Buffer.concat([
    Buffer.from([first]),
    addressBytes(from),
    Buffer.from([0, schemeOf({ alphabet: body.alphabet })]),
    timestampBytes(sentAt),
    bodyBytes(body),
  ]);
  return centre + bytes.toString("hex").toUpperCase();
}

/** What the network says has become of a text. */
export function reportPdu(
  reference: number,
  to: Address,
  at: { readonly sent: Timestamp; readonly done: Timestamp },
  status: number,
): string {
  const bytes = Buffer.concat([
    Buffer.from([statusReport | nothingMore, reference]),
    addressBytes(to),
    timestampBytes(at.sent),
    timestampBytes(at.done),
    Buffer.from([status]),
  ]);
  return centre + bytes.toString("hex").toUpperCase();
}

/** Octets of a PDU without its message centre: what modems call its length. */
export function tpduLength(pdu: string): number {
  return pdu.length / 2 - 1 - Number.parseInt(pdu.slice(0, 2), 16);
}
