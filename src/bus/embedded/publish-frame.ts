/** Type PUBLISH, QoS 0; with the retain flag one more [MQTT-3.3.1]. */
const publish = 0x30;
const topicLengthBytes = 2;

/** The bytes of a PUBLISH of QoS 0, which are the same for everybody who gets it. */
export function encodePublish(topic: string, payload: string | Buffer, retain: boolean): Buffer {
  const topicBytes = Buffer.byteLength(topic);
  const length = topicLengthBytes + topicBytes + Buffer.byteLength(payload);
  const frame = Buffer.allocUnsafe(1 + lengthBytes(length) + length);
  frame[0] = retain ? publish + 1 : publish;
  let at = writeLength(frame, length);
  at = frame.writeUInt16BE(topicBytes, at);
  at += frame.write(topic, at);
  if (typeof payload === "string") frame.write(payload, at);
  else frame.set(payload, at);
  return frame;
}

function lengthBytes(length: number): number {
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
