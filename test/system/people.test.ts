import { describe, expect, test } from "vitest";
import { Koine, type Running } from "../support/daemon.ts";

/** The data directory that the demo names. */
async function dataOf(demo: Running): Promise<readonly string[]> {
  const [, data = ""] = await demo.says(/--data (\S+)/);
  return ["--data", data];
}

describe("a newcomer at the demo", () => {
  test("texts it, prints a card, asks somebody, and sees what is wrong", async () => {
    await using koine = await Koine.open();
    const demo = koine.start("demo");
    const subscriber = await koine.subscriber(demo);
    await subscriber.next(({ topic }) => topic === "koine/1/wifi-024b4f00000e/state");
    await subscriber.next(({ topic }) => topic === "koine/1/wifi-024b4f000005/state");
    const data = await dataOf(demo);
    const [, port] = await demo.says(/koine simulate phone Amina(?: --port (\d+))?/);
    const place = port === undefined ? [] : ["--port", port];

    const card = await koine.run("people", "card", "Amina", ...data);
    expect(card.out).toContain("Gate FUNGUA");
    expect(card.out).toMatch(/\d+ +Tank/);
    const codes = await koine.run("people", "codes", "print", "Amina", ...data);
    // Fifty, and one in the example of how they are used.
    expect(codes.out.match(/\b\d{6}\b/g)).toHaveLength(51);

    const asking = koine.start("ask", "Joseph", "How deep is the well?", "--number", ...data);
    const joseph = koine.start("simulate", "phone", "Joseph", ...place);
    await joseph.says(/Koine: How deep is the well\?/);
    joseph.child.stdin?.write("12 m\nWARN TANK BELOW 95\n");
    expect(await asking.exit()).toBe(0);
    expect(asking.out).toBe("person-joseph  12\n");

    const [, number = ""] = await joseph.says(/ALARM (\d+) Tank/);
    const alerts = await koine.run("alerts", ...data);
    expect([alerts.code, alerts.out]).toEqual([1, expect.stringContaining("wifi-024b4f00000e")]);
    joseph.child.stdin?.write(`OK ${number}\n`);
    await joseph.says(/Alarm \d+ is yours/);
    const log = await koine.run("people", "log", ...data);
    expect(log.out).toContain("alert-ack");
    joseph.child.stdin?.end("/quit\n");
    demo.signal("SIGINT");
    expect(await demo.exit()).toBe(0);
  });
});
