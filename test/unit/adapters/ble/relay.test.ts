import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ble } from "../../../../adapters/ble/index.ts";
import { reportsIn } from "../../../../adapters/ble/relay/advertisements.ts";
import { receiverOf } from "../../../../adapters/ble/relay/relays.ts";
import { World } from "../../../../adapters/ble/simulator/index.ts";
import { systemClock } from "../../../../src/clock.ts";
import { AdapterTrial } from "../../../../src/testing/adapter-trial.ts";
import { TestBroker } from "../../../support/broker.ts";

/** A pvvx thermometer: 21.00 °C, 50.00 %, 2,900 mV, 80 %. */
const serviceData = "5a0b1c38c1a43408881354 0b5001 04".replaceAll(" ", "");
const frame = `12161a18${serviceData}`;

function document(more: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ rssi: -60, ...more });
}

describe("an advertisement that is relayed", () => {
  const base64 = Buffer.from(frame, "hex").toString("base64");
  test.each<readonly [form: string, payload: string]>([
    [
      "as Koine relays it",
      JSON.stringify([{ address: "a4:c1:38:1c:0b:5a", type: "public", rssi: -60, data: frame }]),
    ],
    ["in base64", document({ mac: "A4C1381C0B5A", raw: base64 })],
    [
      "in the parts of OpenMQTTGateway",
      document({
        id: "A4:C1:38:1C:0B:5A",
        mac_type: 0,
        servicedata: serviceData,
        servicedatauuid: "0x181a",
      }),
    ],
    ["as a row of Shelly's scanner", JSON.stringify([2, [["a4:c1:38:1c:0b:5a", -60, base64, ""]]])],
    [
      "in an event of a Shelly script",
      JSON.stringify({
        src: "shellyplus1-a8032abe54dc",
        method: "NotifyEvent",
        params: {
          ts: 1,
          events: [
            {
              component: "script:1",
              event: "ble.scan_result",
              data: [2, [["a4:c1:38:1c:0b:5a", -60, base64, ""]]],
            },
          ],
        },
      }),
    ],
    ["with a number for an address", document({ address: 0xa4_c1_38_1c_0b_5a, data: frame })],
  ])("%s is read", (_, payload) => {
    const { reports, refused } = reportsIn(payload, "barn");
    expect(refused).toBe(0);
    expect(reports).toMatchObject([
      { receiver: "barn", address: "a4c1381c0b5a", isResponse: false, rssi: -60 },
    ]);
    expect(reports[0]?.data.toString("hex")).toBe(frame);
  });

  test("that is none is counted", () => {
    expect(reportsIn('{"id":"a4:c1:38:1c:0b:5a","rssi":-60}', "barn").refused).toBe(1);
    expect(reportsIn('{"address":"nonsense","data":"0201"}', "barn").refused).toBe(1);
    expect(reportsIn("not JSON", "barn")).toEqual({ reports: [], refused: 0 });
  });

  test("is read without an error, whatever it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        reportsIn(JSON.stringify(value), "barn");
      }),
    );
  });

  test("comes from the receiver that the topic names", () => {
    expect(receiverOf(["ble/+/advertisements"], "ble/barn/advertisements")).toBe("barn");
    expect(receiverOf(["+/+/BTtoMQTT/#"], "home/OMG_1/BTtoMQTT/A4C1381C0B5A")).toBe("OMG_1");
  });
});

describe("over a broker", () => {
  async function gateway(broker: TestBroker): Promise<AdapterTrial> {
    return AdapterTrial.open({
      kind: ble,
      config: { controller: "none", relays: [{ source: broker.url() }], min_interval: 0 },
      isolation: "none",
    });
  }

  test("what two relays hear is one device, and the stronger one is believed", async () => {
    await using broker = await TestBroker.open();
    await using trial = await gateway(broker);
    await trial.until("online", () => trial.state === "online");
    const relay = await broker.client();
    const tell = (receiver: string, rssi: number, celsius: number): Promise<unknown> => {
      const data = Buffer.from(frame, "hex");
      data.writeInt16LE(celsius * 100, 10);
      // The number of the measurement.
      data.writeUInt8(celsius, 17);
      const heard = {
        address: "a4:c1:38:1c:0b:5a",
        type: "public",
        rssi,
        data: data.toString("hex"),
      };
      return relay.publish(`ble/${receiver}/advertisements`, JSON.stringify([heard]));
    };
    await tell("barn", -50, 21);
    await tell("house", -80, 5);
    await tell("barn", -50, 22);
    await trial.until("22 °C", () => trial.stateOf("ble-a4c1381c0b5a")?.["temperature"] === 22);
    const told = trial.of("state").map(({ body }) => body?.["temperature"]);
    expect(told).not.toContain(5);
    expect(trial.counters.get("adapter.ble.frames_of_others")).toBe(1);
    expect(trial.devices).toHaveLength(1);
  });

  test("a second gateway's radio reaches the first one", async () => {
    await using broker = await TestBroker.open();
    const clock = systemClock();
    const world = new World({ clock, random: () => 0.5 });
    await world.open();
    world.air.add({
      address: "a4c1381c0b5a",
      intervalMs: 100,
      data: Buffer.from(frame, "hex"),
      rssiDbm: -60,
    });
    await using first = await gateway(broker);
    await first.until("online", () => first.state === "online");
    await using second = await AdapterTrial.open({
      kind: ble,
      config: {
        controller: world.address,
        relay_to: { topic: "ble/field/advertisements", source: broker.url() },
      },
      isolation: "none",
    });
    await first.until("21 °C", () => first.stateOf("ble-a4c1381c0b5a")?.["temperature"] === 21);
    expect(second.devices).toEqual([]);
    await world.close();
  });
});
