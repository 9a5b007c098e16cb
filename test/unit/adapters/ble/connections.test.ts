import { describe, expect, test } from "vitest";
import { limits } from "../../../../adapters/ble/limits.ts";
import { attError } from "../../../../adapters/ble/simulator/gatt.ts";
import {
  botRef,
  home,
  lampAddress,
  lampRef,
  level,
  note,
  thing,
  thingAddress,
  thingDevice,
  thingRef,
} from "../../../support/ble-home.ts";

/** The ATT request that writes, and that reads. */
const isWrite = ([code]: Buffer): boolean => code === 0x12;
const isRead = ([code]: Buffer): boolean => code === 0x0a;

describe("a connection", () => {
  test("reads a value, in the common schema", async () => {
    const { ble, lamp: bulb } = await home();
    await using _ = ble;
    bulb.set(42);
    const result = await ble.execute({ type: "get", ref: lampRef, reads: [level] });
    expect(result).toMatchObject({ status: "done", confirmedBy: "report" });
    await ble.settle();
    expect(ble.values(`ble-${lampAddress}`, level.is)).toEqual([42]);
    expect(ble.gateway.description(`ble-${lampAddress}`)?.name).toBe("Lamp");
  });

  test("writes a value, and tells the value that the device then has", async () => {
    const { ble, lamp: bulb } = await home();
    await using _ = ble;
    await ble.during(ble.gateway.set(`ble-${lampAddress}`, { _id: "a", [level.is]: 77 }));
    await ble.passUntil(
      () => ble.gateway.results(`ble-${lampAddress}`).some((r) => r.status === "done"),
      30,
    );
    expect(bulb.level).toBe(77);
    expect(ble.gateway.results(`ble-${lampAddress}`).at(-1)).toMatchObject({
      status: "done",
      confirmed_by: "report",
    });
    expect(ble.values(`ble-${lampAddress}`, level.is)).toEqual([77]);
  });

  test("is over afterwards, and the scan goes on", async () => {
    const { ble } = await home();
    await using _ = ble;
    await ble.execute({ type: "get", ref: lampRef, reads: [level] });
    expect(ble.world.controller.connections).toBe(0);
    expect(ble.world.controller.isScanning).toBe(true);
    const before = ble.count("reports");
    await ble.pass(5);
    expect(ble.count("reports")).toBeGreaterThan(before);
  });

  test("to a bot waits for its answer before it is done", async () => {
    const { ble, bot } = await home();
    await using _ = ble;
    const result = await ble.execute({
      type: "set",
      ref: botRef,
      writes: [{ is: "onoff", value: true }],
    });
    expect(result).toMatchObject({ status: "done", confirmedBy: "ack" });
    expect(bot.isOn).toBe(true);
    expect(bot.moves).toBe(1);
  });

  test("is one at a time, however many are wanted", async () => {
    const { ble } = await home();
    await using _ = ble;
    let most = 0;
    const watch = ble.gateway.clock.every(5, () => {
      const { connections, isInitiating } = ble.world.controller;
      most = Math.max(most, connections + Number(isInitiating));
    });
    const results = await Promise.all([
      ble.execute({ type: "get", ref: lampRef, reads: [level] }),
      ble.execute({ type: "set", ref: botRef, writes: [{ is: "onoff", value: true }] }),
      ble.execute({ type: "get", ref: lampRef, reads: [level] }),
    ]);
    watch.cancel();
    expect(results.map(({ status }) => status)).toEqual(["done", "done", "done"]);
    expect(most).toBe(1);
  });

  test("is refused when too many are waiting", async () => {
    const { ble, lamp: bulb } = await home();
    await using _ = ble;
    bulb.peripheral.ignores = isRead;
    const all = Array.from({ length: limits.waiting + 1 }, () =>
      ble.adapter.execute(
        { type: "get", id: "t:1", ref: lampRef, reads: [level], timeoutMs: 60_000 },
        new AbortController().signal,
      ),
    );
    await expect(all.at(-1)).rejects.toMatchObject({ reason: "rate_limited" });
    bulb.peripheral.ignores = undefined;
    await ble.during(Promise.allSettled(all), 600);
  });
});

describe("a device that", () => {
  test("is not in reach is given up by the deadline", async () => {
    const { ble, lamp: bulb } = await home();
    await using _ = ble;
    ble.world.air.remove(bulb.peripheral);
    await ble.pass(limits.inReachMs / 1_000 + 1);
    const from = ble.gateway.clock.monotonic();
    await expect(ble.execute({ type: "get", ref: lampRef, reads: [level] })).rejects.toMatchObject({
      reason: "unreachable",
    });
    expect(ble.gateway.clock.monotonic() - from).toBeLessThanOrEqual(limits.connectMs + 100);
  });

  test("went just now is given up by the deadline, and the scan goes on", async () => {
    const { ble, lamp: bulb } = await home();
    await using _ = ble;
    ble.world.air.remove(bulb.peripheral);
    const from = ble.gateway.clock.monotonic();
    await expect(ble.execute({ type: "get", ref: lampRef, reads: [level] })).rejects.toMatchObject({
      reason: "no_answer",
    });
    expect(ble.gateway.clock.monotonic() - from).toBeLessThanOrEqual(limits.connectMs + 1_000);
    await ble.settle();
    expect(ble.world.controller.isInitiating).toBe(false);
    expect(ble.world.controller.isScanning).toBe(true);
    expect(
      await ble.execute({ type: "set", ref: botRef, writes: [{ is: "onoff", value: true }] }),
    ).toMatchObject({ status: "done" });
  });

  test("is called off meanwhile is not waited for", async () => {
    const { ble, lamp: bulb } = await home();
    await using _ = ble;
    ble.world.air.remove(bulb.peripheral);
    const abort = new AbortController();
    const from = ble.gateway.clock.monotonic();
    ble.gateway.clock.after(3_000, () => abort.abort());
    await expect(
      ble.execute({ type: "get", ref: lampRef, reads: [level] }, abort.signal),
    ).rejects.toMatchObject({ reason: "no_answer" });
    expect(ble.gateway.clock.monotonic() - from).toBeLessThanOrEqual(4_000);
    expect(ble.world.controller.isInitiating).toBe(false);
  });

  test("lets the connection fail is told of, and can be connected to afterwards", async () => {
    const { ble } = await home();
    await using _ = ble;
    ble.world.controller.faults.failConnection();
    const read = { type: "get", ref: lampRef, reads: [level] } as const;
    await expect(ble.execute(read)).rejects.toMatchObject({ reason: "unreachable" });
    expect(await ble.execute(read)).toMatchObject({ status: "done" });
  });

  test("goes in the middle of a read is told of in time", async () => {
    const { ble, lamp: bulb } = await home();
    await using _ = ble;
    bulb.peripheral.requestsToLoss = 4;
    const from = ble.gateway.clock.monotonic();
    await expect(ble.execute({ type: "get", ref: lampRef, reads: [level] })).rejects.toMatchObject({
      reason: expect.stringMatching(/unreachable|no_answer/) as string,
    });
    expect(ble.gateway.clock.monotonic() - from).toBeLessThan(30_000);
    await ble.pass(30);
    expect(ble.world.controller.isScanning).toBe(true);
    expect(await ble.execute({ type: "get", ref: lampRef, reads: [level] })).toMatchObject({
      status: "done",
    });
  });

  test("hangs up in the middle of a write is told of at once", async () => {
    const { ble, lamp: bulb } = await home();
    await using _ = ble;
    bulb.peripheral.ignores = (pdu) => {
      if (isWrite(pdu)) bulb.peripheral.central?.hangUp();
      return isWrite(pdu);
    };
    await expect(
      ble.execute({ type: "set", ref: lampRef, writes: [{ ...level, value: 3 }] }),
    ).rejects.toMatchObject({ reason: "unreachable" });
  });

  test("never answers a write is given up by the deadline", async () => {
    const { ble, lamp: bulb } = await home();
    await using _ = ble;
    bulb.peripheral.ignores = isWrite;
    const from = ble.gateway.clock.monotonic();
    await expect(
      ble.execute({ type: "set", ref: lampRef, writes: [{ ...level, value: 3 }] }),
    ).rejects.toMatchObject({ reason: "no_answer" });
    expect(ble.gateway.clock.monotonic() - from).toBeLessThan(15_000);
    await ble.pass(10);
    expect(ble.world.controller.connections).toBe(0);
  });

  test("says by its answer that it did not do it is believed", async () => {
    const { ble, bot } = await home();
    await using _ = ble;
    // It is moving already, and says that it is busy.
    const push = bot.peripheral.services
      .flatMap(({ characteristics }) => characteristics)
      .find(({ write }) => write)?.write;
    let isFirst = true;
    bot.peripheral.ignores = (pdu) => {
      if (pdu[0] === 0x52 && isFirst) push?.(Buffer.of(0x57, 0x01, 0x00));
      if (pdu[0] === 0x52) isFirst = false;
      return false;
    };
    await expect(
      ble.execute({ type: "set", ref: botRef, writes: [{ is: "onoff", value: true }] }),
    ).rejects.toMatchObject({ reason: "device_error", message: 'The device answered "03"' });
  });
});

describe("a refusal", () => {
  test.for([
    [attError.insufficientAuthentication, "it asks for pairing"],
    [attError.readNotPermitted, "it may not be read"],
    [attError.insufficientEncryption, "it asks for encryption"],
    [0x80, "refused"],
  ] as const)("with ATT error %s to read is told at once, in words", async ([code, words]) => {
    const { ble } = await home([thingDevice()]);
    await using _ = ble;
    thing(ble, { read: () => code });
    await ble.pass(2);
    const from = ble.gateway.clock.monotonic();
    const read = ble.execute({ type: "get", ref: thingRef, reads: [note] });
    await expect(read).rejects.toMatchObject({
      reason: "device_error",
      message: expect.stringContaining(words) as string,
    });
    expect(ble.gateway.clock.monotonic() - from).toBeLessThan(4_000);
  });

  test("of a write is told at once, and not as done", async () => {
    const { ble } = await home([thingDevice()]);
    await using _ = ble;
    thing(ble, { write: () => attError.invalidValueLength });
    await ble.pass(2);
    const from = ble.gateway.clock.monotonic();
    await expect(
      ble.execute({ type: "set", ref: thingRef, writes: [{ ...note, value: 1 }] }),
    ).rejects.toMatchObject({ reason: "device_error" });
    expect(ble.gateway.clock.monotonic() - from).toBeLessThan(4_000);
  });

  test("is told of a characteristic that is not there", async () => {
    const { ble } = await home([thingDevice({ characteristic: "ff09" })]);
    await using _ = ble;
    thing(ble, {});
    await ble.pass(2);
    await expect(ble.execute({ type: "get", ref: thingRef, reads: [note] })).rejects.toMatchObject({
      reason: "no_property",
    });
  });

  test("of a value out of its range does not reach the device", async () => {
    const { ble } = await home([thingDevice()]);
    await using _ = ble;
    let writes = 0;
    thing(ble, { write: () => void (writes += 1) });
    await ble.pass(2);
    await expect(
      ble.execute({ type: "set", ref: thingRef, writes: [{ ...note, value: 256 }] }),
    ).rejects.toMatchObject({ reason: "out_of_range" });
    expect(writes).toBe(0);
  });

  test("of a device that nothing is known of says so", async () => {
    const { ble } = await home([]);
    await using _ = ble;
    await expect(
      ble.execute({ type: "set", ref: lampRef, writes: [{ ...level, value: 1 }] }),
    ).rejects.toMatchObject({ reason: "unsupported" });
  });
});

test("a bit of a longer value, and a value longer than a packet, are read", async () => {
  const long = "x".repeat(300);
  const { ble } = await home([thingDevice({ as: "text", write: "no" })]);
  await using _ = ble;
  thing(ble, { read: () => Buffer.from(long) });
  await ble.pass(2);
  await ble.execute({ type: "get", ref: thingRef, reads: [note] });
  await ble.settle();
  expect(ble.values(`ble-${thingAddress}`, note.is)).toEqual([long]);
});

test("a device that is to be read each minute is", async () => {
  const { ble } = await home([thingDevice({ every: 60, write: "no" })]);
  await using _ = ble;
  const { clock } = ble.gateway;
  const readAt: number[] = [];
  thing(ble, {}).ignores = (pdu) => {
    if (isRead(pdu)) readAt.push(clock.monotonic());
    return false;
  };
  await ble.pass(190);
  const gapsS = readAt.slice(1).map((at, n) => (at - (readAt[n] ?? 0)) / 1_000);
  expect(gapsS.length).toBeGreaterThanOrEqual(2);
  // The connection itself takes a second or so.
  for (const gapS of gapsS) expect(Math.abs(gapS - 61)).toBeLessThan(2);
});

test("a controller that falls silent during a connection is given up, and comes back", async () => {
  const { ble, lamp: bulb } = await home();
  await using _ = ble;
  ble.world.air.remove(bulb.peripheral);
  const read = ble.adapter.execute(
    { type: "get", id: "t:1", ref: lampRef, reads: [level], timeoutMs: 60_000 },
    new AbortController().signal,
  );
  const over = read.catch((error: unknown) => error);
  await ble.passUntil(() => ble.world.controller.isInitiating, 10);
  ble.world.controller.faults.isHung = true;
  expect(await ble.during(over, 60)).toMatchObject({ reason: "no_answer" });
  expect(await ble.passUntil(() => ble.state === "waiting", 300)).toBeLessThan(180);
  ble.world.controller.faults.isHung = false;
  await ble.pass(65);
  await ble.until("online");
});
