import { describe, expect, test } from "vitest";
import { limits } from "../../../../adapters/ble/limits.ts";
import { bthome, ReceiverWorld } from "./receiver-world.ts";

const address = "a4c1381c0b5a";

function byte(n: number): string {
  return (n % 256).toString(16).padStart(2, "0");
}

describe("a press without a number", () => {
  const press = bthome("3a01", "44");

  test("that comes again after a pause is a second press", async () => {
    const world = await ReceiverWorld.open();
    for (const ms of [0, 300, 300, 4_400, 300]) {
      await world.clock.advance(ms);
      world.hear(address, press);
    }
    expect(world.of("event")).toHaveLength(2);
  });

  test("that is repeated without a pause is one press, however long", async () => {
    const world = await ReceiverWorld.open();
    for (let n = 0; n < 30; n++) {
      world.hear(address, press);
      await world.clock.advance(1_000);
    }
    expect(world.of("event")).toHaveLength(1);
  });
});

describe("who forges the frames of a device", () => {
  test("makes it toggle no more often than a device may", async () => {
    const world = await ReceiverWorld.open();
    for (let n = 0; n < 1_000; n++) {
      world.hear(address, bthome(`00${byte(n)}1a0${n % 2}`));
      await world.clock.advance(1);
    }
    expect(world.of("readings").length).toBeLessThan(limits.tellsBurst + 3 * limits.tellsPerS);
    await world.clock.advance(10_000);
    world.receiver.sweep();
    const last = world.of("readings").at(-1)?.values;
    expect(last).toMatchObject([{ value: true }]);
  });

  test("presses its button no more often than a device may", async () => {
    const world = await ReceiverWorld.open();
    for (let n = 0; n < 1_000; n++) {
      world.hear(address, bthome(`00${byte(n)}3a01`, "44"));
      await world.clock.advance(1);
    }
    expect(world.of("event").length).toBeLessThan(limits.tellsBurst + 3 * limits.tellsPerS);
    expect(world.counts.get("tells_held")).toBeGreaterThan(900);
  });

  test("has it said once why they are refused", async () => {
    const world = await ReceiverWorld.open({ devices: [{ address, key: "00".repeat(16) }] });
    for (let n = 0; n < 1_000; n++) {
      world.hear(address, bthome(n.toString(16).padStart(20, "0"), "41"));
      await world.clock.advance(1);
    }
    expect(world.counts.get("refused_key_wrong")).toBe(1_000);
    expect(world.of("diagnostic")).toHaveLength(1);
  });
});

describe("senders that come and go", () => {
  const passing = (n: number): string => (0xc0_00_00_00_00_00 + n).toString(16);

  test("are devices up to the limit, and counted beyond it", async () => {
    const world = await ReceiverWorld.open();
    for (let n = 0; n <= limits.adopted; n++) {
      world.hear(passing(n), bthome("02ca09"), { addressType: "random" });
    }
    const told = new Set(world.of("device").map(({ ref }) => ref[0]?.[1]));
    expect(told.size).toBe(limits.adopted);
    expect(world.counts.get("adoptions_refused")).toBe(1);
  });
});
