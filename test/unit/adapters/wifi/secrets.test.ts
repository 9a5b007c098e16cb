import { describe, expect, test } from "vitest";
import { isPublic, publicOf } from "../../../../adapters/wifi/secrets.ts";
import type { PropertyFacts } from "../../../../src/model/adapter-event.ts";
import type { Scalar } from "../../../../src/model/scalar.ts";
import { DeviceTrial, type Message } from "../../../support/device-trial.ts";

const text = (name: string): PropertyFacts => ({ is: `x_acme_${name}`, type: "string" });

describe("a name that stands for a secret", () => {
  test.each([
    "password",
    "mqtt_password",
    "mqttpassword",
    "wifi_pass",
    "wifipass",
    "psk",
    "wpapsk",
    "ssid",
    "bssid1",
    "api_key",
    "apikey",
    "token",
    "pin",
    "lock_pin",
    "pin_code",
    "user_code",
    "username",
    "mqtt_user",
    "client_secret",
  ])("is not carried: %s", (name) => {
    expect(isPublic(text(name))).toBe(false);
  });

  test.each([
    "bypass",
    "passive_mode",
    "compass",
    "passengers",
    "monkey_count",
    "keypad",
    "error_code",
    "spindle",
    "pin_3",
    "user_count",
    "loginless",
  ])("is not found in %s", (name) => {
    expect(isPublic(text(name))).toBe(true);
  });

  test("is known by its own writing, and by the name that people gave it", () => {
    expect(isPublic({ ...text("cfg"), source: "Mqtt.MqttPassword2" })).toBe(false);
    expect(isPublic({ ...text("cfg"), name: "WiFi Password" })).toBe(false);
  });

  test("is none where only yes and no, or only a count, are said", () => {
    expect(isPublic({ is: "x_acme_password_set", type: "boolean" })).toBe(true);
    expect(isPublic({ is: "x_acme_session_token_count", type: "number" })).toBe(true);
    expect(isPublic({ is: "x_acme_pin_code", type: "number" })).toBe(false);
  });

  test("is none in a word of the vocabulary", () => {
    expect(isPublic({ is: "text", source: "display/passphrase" })).toBe(true);
  });
});

describe("of a value", () => {
  const left = (value: Scalar): Scalar | undefined =>
    publicOf({ facts: { is: "x_acme_users", type: "object" }, value, raw: value })?.value;

  test.each<[Scalar, Scalar | undefined]>([
    [{ 1: { status: "enabled", pin_code: 4711 } }, { 1: { status: "enabled" } }],
    [[{ name: "HOME", psk: "x" }], [{ name: "HOME" }]],
    [{ password: "x" }, undefined],
    ["wss://example.test/?token=abc", undefined],
    ["mqtt://anna:pw@example.test", undefined],
    ["http://example.test/?page=2", "http://example.test/?page=2"],
    [[], []],
    [
      [[1, 2], null, "a"],
      [[1, 2], null, "a"],
    ],
  ])("%j is told %j", (value, told) => {
    expect(left(value)).toEqual(told);
  });
});

describe("no dialect carries a secret", () => {
  const secret = "hunter22";
  const described = {
    name: "WiFi Password",
    state_topic: "h/pw",
    unique_id: "short",
    device: { identifiers: ["h"], name: "H" },
  };
  test.each<[string, readonly Message[]]>([
    ["Tasmota", [["tele/t/STATE", { POWER: "ON", MqttPassword: secret, Wifi: { SSId: secret } }]]],
    [
      "OpenBeken",
      [
        ["obk0A1B2C3D/connected", "online"],
        ["obk0A1B2C3D/mqtt_pass/get", secret],
      ],
    ],
    [
      "Homie",
      [
        ["homie/h/$homie", "3.0"],
        ["homie/h/$state", "ready"],
        ["homie/h/$nodes", "wifi"],
        ["homie/h/wifi/$properties", "passphrase,rssi"],
        ["homie/h/wifi/passphrase/$datatype", "string"],
        ["homie/h/wifi/rssi/$datatype", "integer"],
        ["homie/h/wifi/passphrase", secret],
        ["homie/h/wifi/rssi", "-60"],
      ],
    ],
    [
      "Home Assistant discovery",
      [
        ["homeassistant/sensor/h/short/config", described],
        ["h/pw", secret],
      ],
    ],
    [
      "zigbee2mqtt",
      [
        [
          "zigbee2mqtt/bridge/devices",
          [
            {
              ieee_address: "0x0017880104e45522",
              type: "EndDevice",
              friendly_name: "lock",
              definition: {
                model: "m",
                vendor: "v",
                exposes: [
                  { type: "composite", name: "pin_code", property: "pin_code", access: 7 },
                  { type: "text", name: "note", property: "note", access: 1 },
                ],
              },
            },
          ],
        ],
        ["zigbee2mqtt/lock", { note: "hi", pin_code: { user: 1, pin_code: secret } }],
      ],
    ],
    [
      "OpenEVSE",
      [
        ["openevse/state", "1"],
        ["openevse/mqtt_pass", secret],
      ],
    ],
  ])("%s", (_, messages) => {
    const trial = new DeviceTrial().hear(...messages);
    expect(trial.ref).not.toEqual([]);
    expect(JSON.stringify([trial.values, [...trial.facts]])).not.toMatch(
      /hunter22|password|pass_?phrase|pin_code|mqtt_pass/i,
    );
  });
});
