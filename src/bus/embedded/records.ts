/** A message as it is kept: in a queue, or as the retained one of its topic. */
export interface KeptMessage {
  readonly topic: string;
  /** Its payload, a character for each byte: a small Buffer would hold on to what it was cut from. */
  readonly bytes: string;
  readonly qos: 0 | 1 | 2;
}

interface MessageRecord extends KeptMessage {
  /** Of a message that was sent and not acknowledged: its number on the wire. */
  readonly messageId?: number | undefined;
}

const topicEnd = "\0";

/** What a broker was given, to be kept. */
export function messageOf(topic: string, payload: string | Buffer, qos: number): KeptMessage {
  return { topic, bytes: bytesOf(payload), qos: qosOf(qos) };
}

function bytesOf(payload: string | Buffer): string {
  if (typeof payload !== "string") return payload.toString("latin1");
  return /^[\0-\x7F]*$/.test(payload) ? payload : Buffer.from(payload).toString("latin1");
}

/** The payload of a kept message. */
export function payloadOf({ bytes }: KeptMessage): Buffer {
  return Buffer.from(bytes, "latin1");
}

/** A message as a text for the store: `qos messageId topic NUL bytes`. */
export function encodeMessage({ topic, bytes, qos, messageId = 0 }: MessageRecord): string {
  return `${qos} ${messageId} ${topic}${topicEnd}${bytes}`;
}

/** Undefined when the text is none of ours. */
export function decodeMessage(text: string): MessageRecord | undefined {
  const [head, qos, number, topic] = /^([012]) (\d{1,5}) ([^\0]+)\0/.exec(text) ?? [];
  if (head === undefined || topic === undefined) return undefined;
  const messageId = Number(number);
  return {
    topic,
    bytes: text.slice(head.length),
    qos: qosOf(Number(qos)),
    ...(messageId > 0 && { messageId }),
  };
}

export function qosOf(value: number): 0 | 1 | 2 {
  return value === 2 ? 2 : value === 1 ? 1 : 0;
}

/** A client id as part of a key. */
export function encodeId(id: string): string {
  return encodeURIComponent(id);
}

export function decodeId(text: string): string {
  return decodeURIComponent(text);
}

const digits = 11;

/** A sequence number as part of a key, in the order of the numbers. */
export function encodeSequence(sequence: number): string {
  return sequence.toString(36).padStart(digits, "0");
}

export function decodeSequence(text: string): number {
  return Number.parseInt(text, 36);
}
