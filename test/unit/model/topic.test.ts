import { describe, expect, test } from "vitest";
import { ProtocolError } from "../../../src/errors.ts";
import { encodePayload, isRetained } from "../../../src/model/message.ts";
import { encodeTopic, isUnder, parseTopic } from "../../../src/model/topic.ts";

describe("topic", () => {
  test.each([
    ["koine/1/wifi-1/state", { kind: "state", device: "wifi-1" }],
    ["koine/1/wifi-1/value/onoff_2", { kind: "value", device: "wifi-1", property: "onoff_2" }],
    ["koine/1/wifi-1/set", { kind: "set", device: "wifi-1" }],
    ["koine/1/wifi-1/set/onoff", { kind: "set", device: "wifi-1", property: "onoff" }],
    ["koine/1/wifi-1/event/action", { kind: "event", device: "wifi-1", name: "action" }],
    ["koine/1/wifi-1/alert/low", { kind: "alert", device: "wifi-1", alert: "low" }],
    ["koine/1/bridge/devices", { kind: "bridge_devices" }],
    ["koine/1/bridge/adapter/wifi", { kind: "bridge_adapter", adapter: "wifi" }],
    ["koine/1/bridge/request/zigbee/join", { kind: "bridge_request", verb: "zigbee/join" }],
    ["koine/1/bridge/response/rename", { kind: "bridge_response", verb: "rename" }],
    ["koine/1/bridge/seen/ble", { kind: "bridge_seen", what: "ble" }],
  ])("%s", (topic, address) => {
    expect(parseTopic("koine", topic)).toEqual(address);
    expect(encodeTopic("koine", parseTopic("koine", topic))).toBe(topic);
  });

  test.each([
    "",
    "koine",
    "koine/1",
    "koine/1/",
    "koine/2/wifi-1/state",
    "koine/1/wifi-1",
    "koine/1/Wifi/state",
    "koine/1/wifi-1/state/more",
    "koine/1/wifi-1/value",
    "koine/1/wifi-1/value/On",
    "koine/1/wifi-1/event/a/b",
    "koine/1/bridge",
    "koine/1/bridge/state",
    "koine/1/bridge/request",
    "koine/1/bridge/request/a/b/c",
    "koine/1/bridge/adapter/a/b",
    "other/1/wifi-1/state",
  ])("%j is none of the schema", (topic) => {
    expect(() => parseTopic("koine", topic)).toThrow(ProtocolError);
  });

  test("the root covers itself and what is below, not what only starts alike", () => {
    expect(isUnder("koine", "koine")).toBe(true);
    expect(isUnder("koine", "koine/rpc")).toBe(true);
    expect(isUnder("koine", "koine-7/rpc")).toBe(false);
  });
});

describe("payload", () => {
  test("availability is a bare word, values are JSON", () => {
    const device = "wifi-1";
    expect(encodePayload({ kind: "availability", device, body: "online" })).toBe("online");
    expect(encodePayload({ kind: "value", device, property: "x", body: "on" })).toBe('"on"');
    expect(encodePayload({ kind: "value", device, property: "x", body: null })).toBe("null");
  });

  test("deleting a retained topic is an empty payload", () => {
    expect(encodePayload({ kind: "state", device: "wifi-1", body: undefined })).toBe("");
  });

  test("facts are retained, events, results and wishes are not", () => {
    expect(
      ["state", "value", "description", "availability"].every((k) => isRetained(k as "state")),
    ).toBe(true);
    expect(["event", "result", "set", "get"].some((k) => isRetained(k as "event"))).toBe(false);
  });
});
