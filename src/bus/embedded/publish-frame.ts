/** Type PUBLISH; DUP, QoS and RETAIN are in the lower bits [MQTT-2.2.2]. */
const publish = 0x30;
const lengthOfLength = 2;
const messageIdBytes = 2;

/** A message as one client gets it. */
export interface Frame {
  readonly topic: string;
  readonly payload: string | Buffer;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  /** Sent before, and not acknowledged [MQTT-3.3.1-1]. */
  readonly isAgain?: boolean;
  /** Of QoS 1 and 2. */
  readonly messageId?: number;
}

/** The bytes of a PUBLISH; of QoS 0 they are the same for everybody. */
export function encodePublish({
  topic,
  payload,
  qos,
  retain,
  isAgain = false,
  messageId = 0,
}: Frame): Buffer {
  const topicBytes = Buffer.byteLength(topic);
  const idBytes = qos > 0 ? messageIdBytes : 0;
  const length = lengthOfLength + topicBytes + idBytes + Buffer.byteLength(payload);
  const frame = Buffer.allocUnsafe(1 + bytesOf(length) + length);
  frame[0] = publish | (isAgain ? 8 : 0) | (qos << 1) | (retain ? 1 : 0);
  let at = writeLength(frame, length);
  at = frame.writeUInt16BE(topicBytes, at);
  at += frame.write(topic, at);
  if (qos > 0) at = frame.writeUInt16BE(messageId, at);
  if (typeof payload === "string") frame.write(payload, at);
  else frame.set(payload, at);
  return frame;
}

function bytesOf(length: number): number {
  if (length < 0x80) return 1;
  if (length < 0x80 ** 2) return 2;
  return length < 0x80 ** 3 ? 3 : 4;
}

/** The remaining length, seven bits in each byte, lowest first [MQTT-2.2.3]. */
function writeLength(frame: Buffer, length: number): number {
  let at = 1;
  let left = length;
  while (left >= 0x80) {
    frame[at] = (left % 0x80) + 0x80;
    left = Math.floor(left / 0x80);
    at += 1;
  }
  frame[at] = left;
  return at + 1;
}
