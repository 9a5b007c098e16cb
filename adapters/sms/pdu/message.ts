import { ProtocolError } from "koine/adapter";
import { readAddress, readCentre, type Address } from "./address.ts";
import { readBody, type Body } from "./body.ts";
import { codingOf } from "./coding.ts";
import { Octets } from "./octets.ts";
import { readTimestamp, swapped, validitySeconds, type Timestamp } from "./time.ts";

interface Text {
  readonly address: Address;
  readonly protocol: number;
  readonly scheme: number;
  readonly messageClass?: number;
  readonly body: Body;
}

/** A text from the network. */
export interface Deliver extends Text {
  readonly type: "deliver";
  readonly sentAt: Timestamp | undefined;
}

/** A text on its way to the network. */
export interface Submit extends Text {
  readonly type: "submit";
  readonly reference: number;
  readonly wantsReport: boolean;
  /** How long it is worth delivering, in s from now; or until when. */
  readonly validity?: number | Timestamp;
}

/** What became of a text that was sent. */
export interface StatusReport {
  readonly type: "status-report";
  readonly reference: number;
  /** Who was to get it. */
  readonly address: Address;
  readonly sentAt: Timestamp | undefined;
  readonly doneAt: Timestamp | undefined;
  /** 0…31 delivered, 32…63 still trying, 64…127 failed (3GPP TS 23.040, 9.2.3.15). */
  readonly status: number;
}

export type Pdu = (Deliver | Submit | StatusReport) & {
  /** The message centre, where it is told. */
  readonly centre?: Address;
};

/** Bits of the first octet. */
const bit = { typeMask: 3, report: 0x20, header: 0x40 } as const;
const typeOf = { deliver: 0, submit: 1, statusReport: 2 } as const;

export interface PduOptions {
  /** From the network to the modem, or the other way: the same types mean other messages. */
  readonly direction: "in" | "out";
  /** Whether it begins with the message centre, as modems list messages; by default it does. */
  readonly hasCentre?: boolean;
}

/**
 * Reads a message as modems write it, in hexadecimal digits.
 * @throws ProtocolError when it is none, or not all of it
 */
export function decodePdu(hex: string, { direction, hasCentre = true }: PduOptions): Pdu {
  const octets = Octets.fromHex(hex);
  const centre = hasCentre ? readCentre(octets) : undefined;
  const first = octets.one("first octet");
  return { ...readMessage(octets, first, direction), ...(centre && { centre }) };
}

function readMessage(octets: Octets, first: number, direction: "in" | "out"): Pdu {
  const type = first & bit.typeMask;
  if (direction === "in" && type === typeOf.deliver) return readDeliver(octets, first);
  if (direction === "in" && type === typeOf.statusReport) return readReport(octets);
  if (direction === "out" && type === typeOf.submit) return readSubmit(octets, first);
  throw new ProtocolError(`Cannot read PDU: no message of type ${type} comes this way`);
}

function readDeliver(octets: Octets, first: number): Deliver {
  const address = readAddress(octets);
  const protocol = octets.one("protocol");
  const scheme = octets.one("coding");
  const sentAt = readTimestamp(octets.take(7, "time"));
  return { type: "deliver", address, protocol, sentAt, ...readText(octets, scheme, first) };
}

function readSubmit(octets: Octets, first: number): Submit {
  const reference = octets.one("reference");
  const address = readAddress(octets);
  const protocol = octets.one("protocol");
  const scheme = octets.one("coding");
  const validity = readValidity(octets, (first >> 3) & 3);
  return {
    type: "submit",
    reference,
    wantsReport: (first & bit.report) !== 0,
    address,
    protocol,
    ...(validity !== undefined && { validity }),
    ...readText(octets, scheme, first),
  };
}

function readReport(octets: Octets): StatusReport {
  const reference = octets.one("reference");
  const address = readAddress(octets);
  const sentAt = readTimestamp(octets.take(7, "time"));
  const doneAt = readTimestamp(octets.take(7, "time"));
  const status = octets.one("status");
  return { type: "status-report", reference, address, sentAt, doneAt, status };
}

function readText(
  octets: Octets,
  scheme: number,
  first: number,
): Pick<Text, "scheme" | "messageClass" | "body"> {
  const { alphabet, messageClass } = codingOf(scheme);
  const body = readBody(octets, alphabet, (first & bit.header) !== 0);
  return { scheme, ...(messageClass !== undefined && { messageClass }), body };
}

/** Formats of a validity period: none, enhanced, relative, absolute. */
function readValidity(octets: Octets, format: number): number | Timestamp | undefined {
  switch (format) {
    case 1:
      return enhancedSeconds(octets.take(7, "validity"));
    case 2:
      return validitySeconds(octets.one("validity"));
    case 3:
      return readTimestamp(octets.take(7, "validity"));
    default:
      return undefined;
  }
}

/** The enhanced format: as the relative one, in seconds, or as hours, minutes and seconds. */
function enhancedSeconds(bytes: Buffer): number | undefined {
  const [kind = 0, value = 0, minutes = 0, seconds = 0] = bytes;
  switch (kind & 7) {
    case 1:
      return validitySeconds(value);
    case 2:
      return value;
    case 3:
      // Nonsense in any of them is no time.
      return 3_600 * swapped(value) + 60 * swapped(minutes) + swapped(seconds) || undefined;
    default:
      return undefined;
  }
}
