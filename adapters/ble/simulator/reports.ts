import { Writer, type Address, type AddressType } from "./bytes.ts";
import type { Frame } from "./peripheral.ts";

/** One advertising report. */
export interface Report {
  readonly address: Address;
  readonly addressType: AddressType;
  readonly isConnectable: boolean;
  readonly isScannable: boolean;
  readonly isScanResponse: boolean;
  readonly isExtended: boolean;
  readonly rssiDbm: number;
  readonly data: Buffer;
}

/** Event types of a legacy report (Core, Vol 4, Part E, 7.7.65.2). */
const legacyType = { connectable: 0, scannable: 2, nonConnectable: 3, scanResponse: 4 } as const;

/** Bits of the event type of an extended report (Vol 4, Part E, 7.7.65.13). */
const extendedBits = {
  connectable: 0x01,
  scannable: 0x02,
  scanResponse: 0x08,
  legacy: 0x10,
  moreToCome: 0x20,
  truncated: 0x40,
} as const;

const phy = { none: 0x00, le1M: 0x01 } as const;
/** "No advertising set", "not available" and "no periodic advertising". */
const unknown = { advertisingSet: 0xff, txPower: 127, periodicInterval: 0 } as const;
/** An event has 255 bytes: subevent, number of reports, and 24 bytes before the data of a report. */
const maxEventLength = 255;
const extendedHead = 24;
const maxFragment = maxEventLength - 2 - extendedHead;

/** What a scan tells of an advertising event. */
export function reportsOf(frame: Frame, isActive: boolean): readonly Report[] {
  const { address, addressType, isConnectable, isExtended, rssiDbm, data, scanResponse } = frame;
  const isScannable = scanResponse !== undefined || (isConnectable && !isExtended);
  const shared = { address, addressType, isConnectable, isScannable, isExtended, rssiDbm };
  const advertising = { ...shared, isScanResponse: false, data };
  // Who is connectable always answers, if with nothing (Vol 6, Part B, 4.4.2.3).
  if (!isActive || !isScannable) return [advertising];
  const answer = scanResponse ?? Buffer.alloc(0);
  return [advertising, { ...shared, isScanResponse: true, data: answer }];
}

export function encodeLegacyReport(report: Report): Buffer {
  return new Writer()
    .u8(legacyTypeOf(report))
    .addressType(report.addressType)
    .address(report.address)
    .u8(report.data.length)
    .bytes(report.data)
    .int(report.rssiDbm, 1)
    .done();
}

/**
 * In as many reports as its data needs, which the controller cuts where it likes.
 * @param isTruncated what follows the first report is lost
 */
export function encodeExtendedReport(
  report: Report,
  most = maxFragment,
  isTruncated = false,
): readonly Buffer[] {
  const step = Math.min(most, maxFragment);
  if (isTruncated && report.data.length > step) {
    return [encodeFragment(report, report.data.subarray(0, step), extendedBits.truncated)];
  }
  const count = Math.max(1, Math.ceil(report.data.length / step));
  return Array.from({ length: count }, (_, part) => {
    const data = report.data.subarray(part * step, (part + 1) * step);
    return encodeFragment(report, data, part < count - 1 ? extendedBits.moreToCome : 0);
  });
}

/** How many of these reports, counted from the first, fit in one event. */
export function fitting(reports: readonly Buffer[], most: number): number {
  let [count, length] = [0, 2];
  for (const report of reports.slice(0, most)) {
    length += report.length;
    if (length > maxEventLength) break;
    count += 1;
  }
  return Math.max(1, count);
}

function encodeFragment(report: Report, data: Buffer, dataStatus: number): Buffer {
  return new Writer()
    .u16(extendedTypeOf(report) | dataStatus)
    .addressType(report.addressType)
    .address(report.address)
    .u8(phy.le1M, report.isExtended ? phy.le1M : phy.none)
    .u8(report.isExtended ? 0 : unknown.advertisingSet)
    .u8(unknown.txPower)
    .int(report.rssiDbm, 1)
    .u16(unknown.periodicInterval)
    .u8(0)
    .bytes(Buffer.alloc(6))
    .u8(data.length)
    .bytes(data)
    .done();
}

function legacyTypeOf({ isConnectable, isScannable, isScanResponse }: Report): number {
  if (isScanResponse) return legacyType.scanResponse;
  if (isConnectable) return legacyType.connectable;
  return isScannable ? legacyType.scannable : legacyType.nonConnectable;
}

function extendedTypeOf(report: Report): number {
  const { isConnectable, isScannable, isScanResponse, isExtended } = report;
  return (
    (isConnectable ? extendedBits.connectable : 0) |
    (isScannable ? extendedBits.scannable : 0) |
    (isScanResponse ? extendedBits.scanResponse : 0) |
    (isExtended ? 0 : extendedBits.legacy)
  );
}
