import { describe, expect, test } from "vitest";
import { configSchema } from "../../../../adapters/ble/config.ts";
import { Known } from "../../../../adapters/ble/known.ts";

const address = "a4:c1:38:5a:0b:1c";
const point = { is: "battery", service: "180f", characteristic: "2a19" };

/** What is wrong, as `path: message`. */
function problems(config: object): string[] {
  const { error } = configSchema.safeParse(config);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("a configuration", () => {
  test("may be empty, and then listens with the first controller", () => {
    expect(configSchema.parse({})).toMatchObject({
      controller: "hci0",
      adopt: "auto",
      devices: [],
      relays: [],
      scan: { interval: 60, window: 60 },
    });
  });

  test.for([address, "A4:C1:38:5A:0B:1C", "a4c1385a0b1c", "A4-C1-38-5A-0B-1C"])(
    "may write an address as %s",
    (text) => {
      const config = configSchema.parse({ devices: [{ address: text }] });
      expect(new Known(config).at("a4c1385a0b1c")?.identifier).toEqual(["ble", "a4c1385a0b1c"]);
    },
  );

  test.for<[string, object, string]>([
    ["an unknown key", { adresses: [] }, ': Unrecognized key: "adresses"'],
    [
      "an unknown controller",
      { controller: "usb0" },
      "controller: expected hci0, tcp://host:port or none",
    ],
    [
      "a controller without a port",
      { controller: "tcp://stick" },
      "controller: expected hci0, tcp://host:port or none",
    ],
    [
      "no controller and no relay",
      { controller: "none" },
      "controller: expected a controller or a relay",
    ],
    [
      "a window longer than its interval",
      { scan: { interval: 50, window: 60 } },
      "scan: window is longer than interval",
    ],
    [
      "an address that is none",
      { devices: [{ address: "a4:c1:38" }] },
      "devices.0.address: expected an address such as a4:c1:38:8d:18:b2",
    ],
    [
      "a device without a name for it",
      { devices: [{ name: "Shed" }] },
      "devices.0.address: expected one of address, beacon and irk",
    ],
    [
      "a device with two names",
      { devices: [{ address, irk: "0".repeat(32) }] },
      "devices.0.address: expected one of address, beacon and irk",
    ],
    [
      "a device that is there twice",
      { devices: [{ address }, { address: "A4C1385A0B1C" }] },
      "devices.1: it is there already",
    ],
    [
      "a key that is too short",
      { devices: [{ address, key: "0123" }] },
      "devices.0.key: expected 16 bytes (old Xiaomi devices: 12) in hexadecimal digits",
    ],
    [
      "a key that is no number",
      { devices: [{ address, key: "g".repeat(32) }] },
      "devices.0.key: expected 16 bytes (old Xiaomi devices: 12) in hexadecimal digits",
    ],
    [
      "a phone's key that is too short",
      { devices: [{ irk: "0".repeat(24) }] },
      "devices.0.irk: expected 16 bytes in hexadecimal digits",
    ],
    [
      "a connection to a beacon",
      { devices: [{ beacon: "x", points: [point] }] },
      "devices.0.profile: a beacon takes no connections",
    ],
    [
      "a service that is no UUID",
      { devices: [{ address, points: [{ ...point, service: "18" }] }] },
      "devices.0.points.0.service: expected a UUID, such as 180f",
    ],
    [
      "words to write for what is not written",
      { devices: [{ address, points: [{ ...point, writes: { on: "01" } }] }] },
      "devices.0.points.0.writes: write says that it cannot be written",
    ],
    [
      "a word that is no property",
      { devices: [{ address, points: [{ ...point, is: "batery" }] }] },
      "devices.0.points.0.is: expected a property of the vocabulary, or x_<vendor>_<name>",
    ],
    [
      "a value to write that does not begin at the first byte",
      { devices: [{ address, points: [{ ...point, at: 3, write: "confirmed" }] }] },
      "devices.0.points.0.at: what is written begins at the first byte: give the bytes under writes",
    ],
    [
      "a point that does nothing",
      { devices: [{ address, points: [{ ...point, read: false }] }] },
      "devices.0.points.0.read: nothing can be done with it",
    ],
    [
      "a rhythm for what is not read",
      { devices: [{ address, points: [{ ...point, read: false, subscribe: true, every: 60 }] }] },
      "devices.0.points.0.every: read says that it cannot be read",
    ],
    [
      "a relay with a password in its address",
      { relays: [{ source: "mqtt://a:b@host" }] },
      "relays.0.source: expected own, mqtt://host:port or mqtts://host:port",
    ],
    [
      "a topic of everybody to relay to",
      { relay_to: { topic: "ble/#" } },
      "relay_to.topic: expected a topic without wildcards",
    ],
  ])("with %s is refused with the place and the reason", ([, config, problem]) => {
    expect(problems(config)).toEqual([problem]);
  });
});
