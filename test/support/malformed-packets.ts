/** Bytes that no MQTT 3.1.1 client may send, as a broker must not take them. */
interface Malformed {
  readonly name: string;
  readonly bytes: Buffer;
}

const nul = Buffer.from("bad/\0/topic");
const notUtf8 = Buffer.from([0x62, 0x61, 0x64, 0xff, 0xfe]);
/** U+D800, encoded as if it were a character [MQTT-1.5.3-1]. */
const surrogate = Buffer.from([0xed, 0xa0, 0x80]);

/** The largest packet there may be, in bytes. */
const packetBytesMax = 2 ** 20;

/** What is wrong on a connection that began well. */
export const malformedPackets: readonly Malformed[] = [
  { name: "a topic with NUL", bytes: publish(nul) },
  { name: "a topic that is no UTF-8", bytes: publish(notUtf8) },
  { name: "a topic with half a character", bytes: publish(surrogate) },
  { name: "a topic with #", bytes: publish(Buffer.from("bad/#")) },
  { name: "a topic with +", bytes: publish(Buffer.from("bad/+/topic")) },
  { name: "an empty topic", bytes: publish(Buffer.alloc(0)) },
  {
    name: "a packet above 1 MiB",
    bytes: publish(Buffer.from("bad/size"), Buffer.alloc(packetBytesMax)),
  },
  { name: "QoS 3", bytes: packet(0x36, text("bad/qos"), Buffer.from([0, 1])) },
  { name: "a SUBSCRIBE with the wrong reserved bits", bytes: subscribe(0x80, Buffer.from("x")) },
  { name: "a PUBREL with the wrong reserved bits", bytes: packet(0x60, Buffer.from([0, 1])) },
  { name: "a filter with NUL", bytes: subscribe(0x82, nul) },
  { name: "a filter that is no UTF-8", bytes: subscribe(0x82, notUtf8) },
  { name: "a SUBSCRIBE to nothing", bytes: packet(0x82, Buffer.from([0, 1])) },
  { name: "packet type 0", bytes: packet(0x00) },
  { name: "packet type 15", bytes: packet(0xf0) },
  { name: "a length of five bytes", bytes: Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x7f]) },
  { name: "a second CONNECT", bytes: connect(0x02, text("again")) },
];

/** What is wrong with the first packet of a connection. */
export const malformedConnects: readonly Malformed[] = [
  { name: "a will on a topic with #", bytes: connect(0x06, text("w"), text("bad/#"), text("x")) },
  { name: "a will on a topic with NUL", bytes: connect(0x06, text("w"), text(nul), text("x")) },
  {
    name: "a will on a topic that is no UTF-8",
    bytes: connect(0x06, text("w"), text(notUtf8), text("x")),
  },
  { name: "a will on no topic", bytes: connect(0x06, text("w"), text(""), text("x")) },
  { name: "a client id that is no UTF-8", bytes: connect(0x02, text(notUtf8)) },
  { name: "the reserved flag", bytes: connect(0x03, text("w")) },
  { name: "a will of QoS 3", bytes: connect(0x1e, text("w"), text("bad/will"), text("x")) },
  { name: "no client id and no clean session", bytes: connect(0x00, text("")) },
];

/** The start of a CONNECT that will be so long. */
export function connectHeader(length: number): Buffer {
  const fixed = Buffer.from([0x10, ...lengthBytes(length)]);
  return Buffer.concat([fixed, text("MQTT"), Buffer.from([4, 0x02, 0, 60])]);
}

function connect(flags: number, ...fields: readonly Buffer[]): Buffer {
  return packet(0x10, text("MQTT"), Buffer.from([4, flags, 0, 60]), ...fields);
}

function publish(topic: Buffer, payload = Buffer.from("bad")): Buffer {
  return packet(0x30, text(topic), payload);
}

function subscribe(header: number, filter: Buffer): Buffer {
  return packet(header, Buffer.from([0, 1]), text(filter), Buffer.from([0]));
}

function packet(header: number, ...fields: readonly Buffer[]): Buffer {
  const body = Buffer.concat(fields);
  return Buffer.concat([Buffer.from([header, ...lengthBytes(body.length)]), body]);
}

/** A string or bytes after their length. */
function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

/** The remaining length: seven bits a byte, the lowest first. */
function lengthBytes(length: number): number[] {
  const rest = Math.floor(length / 128);
  return rest === 0 ? [length] : [(length % 128) + 128, ...lengthBytes(rest)];
}
