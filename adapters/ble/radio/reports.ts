import { limits } from "../limits.ts";
import type { AddressType, Report } from "./radio.ts";

/* Bluetooth Core Specification 5.4, vol. 4, part E, 7.7.65.2 and 7.7.65.13. */

/** LE meta events that carry reports. */
export const advertisingReport = 0x02;
export const extendedAdvertisingReport = 0x0d;

/** What is found in events, and how often one could not be read. */
export interface Reading {
  readonly reports: readonly Report[];
  readonly isCut: boolean;
}

const scanResponse = 0x04;
const connectableTypes = new Set([0x00, 0x01]);

/** The reports of a legacy event, without its count; what is cut off is left out. */
export function readLegacy(count: number, bytes: Buffer, receiver: string): Reading {
  const reports: Report[] = [];
  let at = 0;
  for (let n = 0; n < count; n++) {
    const length = bytes[at + 8];
    // Type, address type, address, length, data, RSSI.
    if (length === undefined || at + 10 + length > bytes.length) return { reports, isCut: true };
    const type = bytes.readUInt8(at);
    reports.push({
      receiver,
      address: addressText(bytes.subarray(at + 2, at + 8)),
      addressType: typeText(bytes.readUInt8(at + 1)),
      isResponse: type === scanResponse,
      isConnectable: connectableTypes.has(type),
      rssi: rssiOf(bytes.readInt8(at + 9 + length)),
      data: Buffer.from(bytes.subarray(at + 9, at + 9 + length)),
    });
    at += 10 + length;
  }
  return { reports, isCut: false };
}

const connectableBit = 0x01;
const responseBit = 0x08;
const dataStatus = { shift: 5, mask: 0x03, complete: 0, more: 1 };
const headerBytes = 24;

/** Reads extended events, whose longer frames come in several reports. */
export class ExtendedReports {
  /** What has come of frames that are not complete, by sender and set. */
  readonly #parts = new Map<string, Buffer[]>();
  readonly #count: (name: string) => void;

  constructor(count: (name: string) => void) {
    this.#count = count;
  }

  read(count: number, bytes: Buffer, receiver: string): Reading {
    const reports: Report[] = [];
    let at = 0;
    for (let n = 0; n < count; n++) {
      const length = bytes[at + headerBytes - 1];
      if (length === undefined || at + headerBytes + length > bytes.length) {
        return { reports, isCut: true };
      }
      const report = this.#report(bytes.subarray(at, at + headerBytes + length), receiver);
      if (report) reports.push(report);
      at += headerBytes + length;
    }
    return { reports, isCut: false };
  }

  #report(bytes: Buffer, receiver: string): Report | undefined {
    const type = bytes.readUInt16LE(0);
    const address = addressText(bytes.subarray(3, 9));
    const isResponse = (type & responseBit) !== 0;
    const key = `${address} ${bytes.readUInt8(11)} ${isResponse}`;
    const data = this.#whole(key, (type >> dataStatus.shift) & dataStatus.mask, bytes);
    if (!data) return undefined;
    return {
      receiver,
      address,
      addressType: typeText(bytes.readUInt8(2)),
      isResponse,
      isConnectable: (type & connectableBit) !== 0,
      rssi: rssiOf(bytes.readInt8(13)),
      data,
    };
  }

  /** The whole frame, with this last part of it; undefined while there is more, or some was lost. */
  #whole(key: string, status: number, bytes: Buffer): Buffer | undefined {
    const parts = this.#parts.get(key) ?? [];
    this.#parts.delete(key);
    const data = Buffer.concat([...parts, bytes.subarray(headerBytes)]);
    if (status === dataStatus.complete) return data;
    if (status !== dataStatus.more || data.length > limits.frameBytes) {
      this.#count("frames_truncated");
      return undefined;
    }
    this.#parts.set(key, [data]);
    const oldest = this.#parts.keys().next().value;
    if (this.#parts.size > limits.fragments && oldest !== undefined) {
      this.#parts.delete(oldest);
      this.#count("frames_truncated");
    }
    return undefined;
  }
}

function addressText(bytes: Buffer): string {
  return Buffer.from(bytes.toReversed()).toString("hex");
}

/** Identity addresses that the controller resolved are 0x02 and 0x03. */
function typeText(type: number): AddressType {
  return type === 0x00 || type === 0x02 ? "public" : "random";
}

/** 127 means that the controller does not know. */
function rssiOf(rssi: number): number | undefined {
  return rssi === 127 ? undefined : rssi;
}
