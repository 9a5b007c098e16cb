import { describe, expect, test } from "vitest";
import { ble } from "../../../../adapters/ble/index.ts";
import { World } from "../../../../adapters/ble/simulator/index.ts";
import { systemClock } from "../../../../src/clock.ts";
import { AdapterTrial } from "../../../../src/testing/adapter-trial.ts";
import { TestBroker } from "../../../support/broker.ts";
import { turns } from "../../../support/manual-clock.ts";

const advertisement = {
  address: "c0:ff:ee:00:00:01",
  type: "random",
  connectable: true,
  rssi: -60,
  data: "020106",
};

const battery = { is: "battery", service: "180f", characteristic: "2a19" };

describe("a device that only a relay hears", () => {
  test("is not connected to, as the own radio does not reach it", async () => {
    await using broker = await TestBroker.open();
    const world = new World({ clock: systemClock(), random: () => 0.5 });
    await world.open();
    await using trial = await AdapterTrial.open({
      kind: ble,
      config: {
        controller: world.address,
        relays: [{ source: broker.url() }],
        devices: [{ address: advertisement.address, points: [battery] }],
      },
      isolation: "none",
    });
    await trial.until("online", () => trial.state === "online");
    const relay = await broker.client();
    await relay.publish("ble/barn/advertisements", JSON.stringify(advertisement));
    await trial.until("heard", () => trial.counters.get("adapter.ble.reports") > 0);
    const asker = new AbortController();
    const read = trial.adapter.execute(
      { type: "get", id: "1", ref: [["ble", "c0ffee000001"]], reads: [], timeoutMs: 10_000 },
      asker.signal,
    );
    await turns();
    expect(trial.counters.get("adapter.ble.connections")).toBe(1);
    asker.abort();
    await expect(read).rejects.toMatchObject({ reason: "unreachable" });
    await world.close();
  });
});
