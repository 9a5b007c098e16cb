/** Which of its lines a modem says what with. */

export type Final =
  | { readonly isOk: true }
  | { readonly isOk: false; readonly code?: number; readonly text: string };

/** The last word of a command; undefined when a line is none. */
export function finalOf(line: string): Final | undefined {
  if (line === "OK") return { isOk: true };
  if (/^(?:ERROR|ABORTED|COMMAND NOT SUPPORT)$/.test(line)) {
    return { isOk: false, text: line };
  }
  const [, number, words] = /^\+CM[SE] ERROR:\s*(?:(\d+)|(.+))$/.exec(line) ?? [];
  if (number !== undefined) return { isOk: false, code: Number(number), text: line };
  return words === undefined ? undefined : { isOk: false, text: line };
}

/** What a modem says unasked, in the words behind its names. */
const unasked = new Set([
  "+CMTI",
  "+CMT",
  "+CBMI",
  "+CBM",
  "+CDSI",
  "+CDS",
  "+CLIP",
  "+CRING",
  "+CUSD",
  "+CIEV",
  "+CTZV",
  "+CTZE",
  "+CCWA",
  "+SIM READY",
]);

/** Why there is no call, or not any more (ITU-T V.250, 6.3.1). */
const noCall = /^(?:NO CARRIER|NO DIAL ?TONE|NO ANSWER|BUSY)$/i;

/** What modems say of a call as it is answered, and as it ends. */
const answered = /^(?:CONNECT|MO CONNECTED|VOICE CALL: BEGIN|\^CONN:.*)$/i;
const hungUp = /^(?:VOICE CALL: END.*|MISSED_CALL:.*|\^CEND:.*)$/i;

/** What modems say as they start, and as the phone rings. */
const bare =
  /^(?:RING|MO RING|RDY|SMS Ready|SMS DONE|Call Ready|PB DONE|START|NORMAL POWER DOWN|UNDER-VOLTAGE .*|OVER-VOLTAGE .*|MODEM:STARTUP)$/i;

/** The name of an answer or of something unasked: `+CMTI` of `+CMTI: "SM",3`. */
export function nameOf(line: string): string {
  const end = line.indexOf(":");
  return end < 0 ? line : line.slice(0, end);
}

/** Whether a line says that there is no call, or that it could not be made. */
export function isNoCall(line: string): boolean {
  return noCall.test(line);
}

/** Whether a line says that somebody has answered a call. */
export function isCallAnswered(line: string): boolean {
  return answered.test(line);
}

/** Whether a line says that a call is over. */
export function isCallOver(line: string): boolean {
  return isNoCall(line) || hungUp.test(line);
}

/** Whether nobody has asked for a line, while `expected` is what the running command is answered by. */
export function isUnasked(line: string, expected: string | undefined): boolean {
  const name = nameOf(line);
  if (name === expected) return isChange(name, line);
  if (bare.test(line) || isCallAnswered(line) || isCallOver(line)) return true;
  return unasked.has(name) || /^[*^%$]/.test(line) || /^\+\w+:/.test(line);
}

/**
 * Registration is told unasked with one number, and asked with two: how it is told, then how it is.
 */
function isChange(name: string, line: string): boolean {
  if (!/^\+C(?:G|E)?REG$/.test(name)) return false;
  return !/:\s*\d\s*,\s*\d/.test(line);
}

/** Whether the PDU comes in a line of its own behind this one. */
export function hasPdu(line: string): boolean {
  return /^\+(?:CMT|CDS|CBM|CMGL|CMGR):/.test(line);
}

export function isHex(line: string): boolean {
  return line.length % 2 === 0 && /^[0-9A-F]{8,}$/i.test(line);
}
