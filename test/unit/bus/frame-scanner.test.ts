import {
  array,
  assert,
  constant,
  integer,
  nat,
  oneof,
  property,
  uint8Array,
  type Arbitrary,
} from "fast-check";
import { generate, type Packet } from "mqtt-packet";
import { describe, expect, test } from "vitest";
import { FrameScanner } from "../../../src/bus/embedded/frame-scanner.ts";

const connect = generate({ cmd: "connect", clientId: "c", clean: true, keepalive: 0 });

function connectOf(protocolId: "MQTT" | "MQIsdp", protocolVersion: 3 | 4 | 5): Buffer {
  return generate({ cmd: "connect", clientId: "c", protocolId, protocolVersion, clean: true });
}

function publishOf(bytes: number): Buffer {
  const payload = Buffer.alloc(bytes);
  return generate({ cmd: "publish", topic: "t", payload, qos: 0, dup: false, retain: false });
}

/** Scans everything, in pieces of some size. */
function scanned(bytes: Buffer, size = bytes.length): FrameScanner {
  const scanner = new FrameScanner();
  for (let at = 0; at < bytes.length && !scanner.misframing;) {
    at += scanner.scan(bytes.subarray(at, at + size));
  }
  return scanner;
}

describe("a frame scanner", () => {
  test("stops behind CONNECT, and goes on from there", () => {
    const scanner = new FrameScanner();
    expect(scanner.scan(Buffer.concat([connect, publishOf(3)]))).toBe(connect.length);
    expect(scanner.isConnectOver).toBe(true);
    expect(scanner.scan(publishOf(3))).toBe(publishOf(3).length);
    expect(scanner.misframing).toBeUndefined();
  });

  test.each([
    ["MQTT 5", connectOf("MQTT", 5), "mqtt_5"],
    ["HTTP", Buffer.from("GET / HTTP/1.1\r\n"), "not_mqtt"],
    ["another protocol", Buffer.from([0x10, 6, 0, 4, 77, 81, 88, 88]), "not_mqtt"],
    ["an empty CONNECT", Buffer.from([0x10, 0]), "not_mqtt"],
    ["PUBLISH first", publishOf(3), "not_mqtt"],
    ["CONNECT of 100 MB", Buffer.from([0x10, 0x80, 0x80, 0x80, 0x32]), "connect_too_large"],
    ["a length without end", Buffer.from([0x10, 0x80, 0x80, 0x80, 0x80]), "malformed_header"],
    ["a packet above 1 MiB", Buffer.concat([connect, publishOf(1_048_577)]), "packet_too_large"],
    ["QoS 3", Buffer.concat([connect, Buffer.from([0x36, 0])]), "malformed_header"],
    ["a reserved flag", Buffer.concat([connect, Buffer.from([0x80, 0])]), "malformed_header"],
    ["a packet of servers", Buffer.concat([connect, Buffer.from([0x20, 2])]), "malformed_header"],
  ])("refuses %s, however it is cut", (_, bytes, misframing) => {
    expect(scanned(bytes).misframing).toBe(misframing);
    expect(scanned(bytes, 1).misframing).toBe(misframing);
  });

  test.each([connectOf("MQTT", 4), connectOf("MQIsdp", 3)])("takes %o", (bytes) => {
    expect(scanned(bytes, 1)).toMatchObject({ misframing: undefined, isConnectOver: true });
  });

  test("follows any packets in any pieces", () => {
    const packet: Arbitrary<Packet> = oneof(
      nat(400).map((bytes): Packet => ({
        cmd: "publish",
        topic: "t",
        payload: Buffer.alloc(bytes),
        qos: 0,
        dup: false,
        retain: false,
      })),
      constant<Packet>({ cmd: "pingreq" }),
      integer({ min: 1, max: 65_535 }).map((messageId): Packet => ({ cmd: "puback", messageId })),
    );
    assert(
      property(array(packet), integer({ min: 1, max: 300 }), (packets, size) => {
        const bytes = Buffer.concat([connect, ...packets.map((one) => generate(one))]);
        expect(scanned(bytes, size)).toMatchObject({ misframing: undefined, isConnectOver: true });
      }),
    );
  });

  test("never throws, whatever comes", () => {
    assert(
      property(uint8Array(), (bytes) => {
        expect(() => scanned(Buffer.from(bytes))).not.toThrow();
      }),
    );
  });
});
