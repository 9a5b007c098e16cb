import { addressBytes, type Address } from "./address.ts";
import { bodyBytes, type Body } from "./body.ts";
import { schemeOf } from "./coding.ts";
import { validityValue } from "./time.ts";

/** One part of a text that is to be sent. */
export interface Outgoing {
  readonly to: Address;
  readonly body: Body;
  /** How long it is worth delivering, in s; the network decides otherwise. */
  readonly validityS?: number;
  readonly wantsReport?: boolean;
  /** 0: shown at once and not kept. */
  readonly messageClass?: number;
}

/** A message as `AT+CMGS` takes it. */
export interface EncodedSubmit {
  /** Hexadecimal, with an empty message centre: that of the SIM. */
  readonly pdu: string;
  /** Octets without the message centre: what `AT+CMGS` is told. */
  readonly length: number;
}

const submit = 0x01;
const relativeValidity = 0x10;
const report = 0x20;
const header = 0x40;

/**
 * The bytes of a text on its way to the network. The modem numbers it.
 * @throws ProtocolError when it cannot be sent to that address
 */
export function encodeSubmit({
  to,
  body,
  validityS,
  wantsReport = false,
  messageClass,
}: Outgoing): EncodedSubmit {
  const first =
    submit |
    (validityS === undefined ? 0 : relativeValidity) |
    (wantsReport ? report : 0) |
    (body.header.concat ? header : 0);
  const { alphabet } = body;
  const scheme = schemeOf({ alphabet, ...(messageClass !== undefined && { messageClass }) });
  const bytes = Buffer.concat([
    Buffer.from([first, 0]),
    addressBytes(to),
    Buffer.from([0, scheme]),
    Buffer.from(validityS === undefined ? [] : [validityValue(validityS)]),
    bodyBytes(body),
  ]);
  return { pdu: `00${bytes.toString("hex").toUpperCase()}`, length: bytes.length };
}
