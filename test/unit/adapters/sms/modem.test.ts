import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Make } from "../../../../adapters/sms/simulator/manners.ts";
import { SmsWorld } from "../../../support/sms-world.ts";

const makes: readonly Make[] = ["sim800l", "sim7600", "e3372", "ec25"];

describe.for(makes)("over a modem of the kind %s", (make) => {
  let world: SmsWorld;

  beforeEach(async () => {
    world = await SmsWorld.open({ make });
    await world.ready();
  }, 30_000);

  afterEach(() => world[Symbol.asyncDispose]());

  test("a text arrives, and is said to be delivered when it is", async () => {
    const result = await world.send({ body: "Tank 3 is LOW: 8 %" });
    expect(result).toMatchObject({ status: "done", confirmed_by: "report", stage: "delivered" });
    expect(world.network.arrived).toEqual([
      { to: world.amina, text: "Tank 3 is LOW: 8 %", parts: 1 },
    ]);
  });

  test("a long text with emoji arrives as one", async () => {
    const body = "Pampu 😀🚰 шлюз ответил 21% ".repeat(6);
    expect(await world.send({ body })).toMatchObject({ stage: "delivered" });
    expect(world.network.arrived).toEqual([{ to: world.amina, text: body, parts: 3 }]);
  });

  test("a text is heard, whatever its parts' order, and is told to others only that it came", async () => {
    const long = "Je, pampu ya shamba la tatu inafanya kazi? ".repeat(8);
    world.network.text(world.amina, "Habari");
    world.network.text(world.amina, long, { bits: 16, shuffle: (parts) => parts.toReversed() });
    expect(await world.hears(2)).toEqual(["Habari", long]);
    const { payload } = await world.subscriber.next(
      ({ topic, payload: text }) =>
        topic === "koine/1/person-amina/event/text" && text.includes('"chars":6'),
    );
    expect(JSON.parse(payload)).toMatchObject({ action: "received", chars: 6 });
    await expect.poll(() => world.modem.stored, { timeout: 5_000 }).toEqual([]);
  });
});
