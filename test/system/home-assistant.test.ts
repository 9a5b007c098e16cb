import { expect, test } from "vitest";
import { Koine } from "../support/daemon.ts";
import { problemsOf } from "../support/home-assistant-rules.ts";

test("the demo describes every device to Home Assistant, and nothing it refuses", async () => {
  await using koine = await Koine.open();
  const demo = koine.start("demo");
  const homeAssistant = await koine.client(demo);
  await homeAssistant.subscribe("homeassistant/#");
  await homeAssistant.subscribe("koine/1/bridge/devices");
  const index = await homeAssistant.next(
    ({ topic, payload }) => topic === "koine/1/bridge/devices" && payload.includes("Gate"),
  );
  for (const { id } of JSON.parse(index.payload) as { id: string }[]) {
    const { payload } = await homeAssistant.next(
      ({ topic }) => topic === `homeassistant/device/${id}/config`,
    );
    const told = JSON.parse(payload) as { components: object };
    expect([id, problemsOf(told, `koine/1/${id}/`)]).toEqual([id, []]);
    expect(Object.keys(told.components).length).toBeGreaterThan(0);
  }
  // Told of by Koine, a device is not discovered by it once more.
  const again = homeAssistant.received.filter(({ payload }) => payload.includes("koine_koine"));
  expect(again).toEqual([]);
  demo.signal("SIGTERM");
  expect(await demo.exit()).toBe(0);
});
