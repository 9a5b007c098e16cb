import { Writer } from "./bytes.ts";

/* Numbers of Bluetooth Core 5.4: Vol 4, Part A, 2 (packet types); Vol 1, Part F, 1.3 (status);
   Vol 4, Part E, 7.1 to 7.8 (commands) and 7.7 (events). */

export const packetType = { command: 0x01, acl: 0x02, event: 0x04 } as const;

export const status = {
  success: 0x00,
  unknownCommand: 0x01,
  unknownConnection: 0x02,
  connectionTimeout: 0x08,
  connectionLimit: 0x09,
  connectionExists: 0x0b,
  commandDisallowed: 0x0c,
  invalidParameters: 0x12,
  endedByRemoteUser: 0x13,
  endedByLocalHost: 0x16,
  notEstablished: 0x3e,
} as const;

export const event = {
  disconnectionComplete: 0x05,
  commandComplete: 0x0e,
  commandStatus: 0x0f,
  completedPackets: 0x13,
  dataBufferOverflow: 0x1a,
  leMeta: 0x3e,
} as const;

/** Subevents of LE Meta. */
export const leEvent = {
  connectionComplete: 0x01,
  advertisingReport: 0x02,
  connectionUpdateComplete: 0x03,
  enhancedConnectionComplete: 0x0a,
  extendedAdvertisingReport: 0x0d,
  scanTimeout: 0x11,
} as const;

/** Opcodes: the group in the upper six bits, the command in the lower ten. */
export const opcode = {
  disconnect: 0x0406,
  setEventMask: 0x0c01,
  reset: 0x0c03,
  readLeHostSupport: 0x0c6c,
  writeLeHostSupport: 0x0c6d,
  readLocalVersion: 0x1001,
  readSupportedCommands: 0x1002,
  readBufferSize: 0x1005,
  readAddress: 0x1009,
  readRssi: 0x1405,
  leSetEventMask: 0x2001,
  leReadBufferSize: 0x2002,
  leSetRandomAddress: 0x2005,
  leSetScanParameters: 0x200b,
  leSetScanEnable: 0x200c,
  leCreateConnection: 0x200d,
  leCreateConnectionCancel: 0x200e,
  leConnectionUpdate: 0x2013,
  leSetDefaultPhy: 0x2031,
  leSetExtendedScanParameters: 0x2041,
  leSetExtendedScanEnable: 0x2042,
  leExtendedCreateConnection: 0x2043,
} as const;

/** How an ACL packet is part of a message (Vol 4, Part E, 5.4.2). */
export const boundary = { firstNoFlush: 0b00, continuing: 0b01, first: 0b10 } as const;

/** How many commands a host may send before one was answered. */
const commandCredits = 1;

/** One event. @param parameters at most 255 bytes */
export function encodeEvent(code: number, parameters: Buffer): Buffer {
  return new Writer().u8(packetType.event, code, parameters.length).bytes(parameters).done();
}

export function encodeCommandComplete(command: number, returned: Buffer): Buffer {
  const parameters = new Writer().u8(commandCredits).u16(command).bytes(returned).done();
  return encodeEvent(event.commandComplete, parameters);
}

export function encodeCommandStatus(command: number, code: number): Buffer {
  const parameters = new Writer().u8(code, commandCredits).u16(command).done();
  return encodeEvent(event.commandStatus, parameters);
}

export function encodeAcl(handle: number, flag: number, data: Buffer): Buffer {
  return new Writer()
    .u8(packetType.acl)
    .u16(handle | (flag << 12), data.length)
    .bytes(data)
    .done();
}
