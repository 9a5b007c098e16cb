import { createServer, type AddressInfo, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { Koine, type Running } from "../support/daemon.ts";

/** Types into a phone, and ends its input. */
function phone(koine: Koine, typed: string, ...args: readonly string[]): Running {
  const running = koine.start("simulate", "phone", ...args);
  running.child.stdin?.end(typed);
  return running;
}

/** The options that the demo names for its phones. */
async function placeOf(demo: Running): Promise<readonly string[]> {
  const [, port] = await demo.says(/Phone +koine simulate phone Amina(?: --port (\d+))? +\(/);
  return port === undefined ? [] : ["--port", port];
}

describe("koine simulate phone", () => {
  test("texts the demo, shows what it answers, and says what cannot be sent", async () => {
    await using koine = await Koine.open();
    const demo = koine.start("demo");
    const subscriber = await koine.subscriber(demo);
    const place = await placeOf(demo);
    await subscriber.next(({ topic }) => topic === "koine/1/wifi-024b4f000004/value/onoff");
    const amina = phone(koine, "pump on\n", "Amina", "--wait", "60", ...place);
    const event = await subscriber.next(({ topic }) => topic === "koine/1/person-amina/event/text");
    expect(JSON.parse(event.payload)).toMatchObject({ action: "received", chars: 7 });
    // She reads Swahili, and the pump has said it.
    await amina.says(/Koine: Pump: IMEWASHWA hadi \d\d:\d\d\./);
    await subscriber.publish("koine/1/person-amina/set", '{"message":{"body":"It is on.\\nBye"}}');
    const [shown] = await amina.says(/.*Koine: It is.*\n.*\n/);
    expect(shown).toMatch(/^\d\d:\d\d:\d\d Koine: It is on\.\n {16}Bye\n$/);

    const joseph = phone(koine, `${"a".repeat(1_601)}\n/call\n`, "joseph", "--wait", "0", ...place);
    await subscriber.next(({ topic }) => topic === "koine/1/person-joseph/event/call");
    expect(await joseph.exit()).toBe(1);
    expect([joseph.out, joseph.err]).toEqual(["", "A text has at most 1600 characters\n"]);

    const nobody = phone(koine, "", "Bob", ...place);
    expect(await nobody.exit()).toBe(1);
    expect(nobody.err).toMatch(/^Nobody is called "Bob"; names known are Amina, Joseph/);

    demo.signal("SIGINT");
    expect(await demo.exit()).toBe(0);
    expect(await amina.exit()).toBe(69);
    expect(amina.err).toBe("The simulated network has hung up\n");
  });

  test("finds the network of a second process, too, and leaves when it is told to", async () => {
    await using koine = await Koine.open();
    const places = [];
    for (const world of [["demo"], ["simulate", "sms"]]) {
      const [, port] = await koine
        .start(...world)
        .says(/koine simulate phone Amina(?: --port (\d+))?/);
      places.push(port ?? "6640");
    }
    expect(new Set(places).size).toBe(2);
    for (const port of places) {
      const leaving = koine.start("simulate", "phone", "--port", port);
      leaving.child.stdin?.write("/quit\n");
      expect(await leaving.exit()).toBe(0);
    }
  });

  test.each([
    ["nobody listens", undefined],
    ["somebody else does", "HTTP/1.1 400 Bad Request\r\n\r\n"],
    ["somebody hangs up", ""],
  ])("says that there is no simulated network where %s, exit 69", async (_, answer) => {
    await using koine = await Koine.open();
    const server = createServer((socket: Socket) => {
      socket.on("error", () => {});
      socket.end(answer ?? "");
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as AddressInfo;
    if (answer === undefined) server.close();
    const { code, err } = await koine.run("simulate", "phone", "--port", String(port));
    server.close();
    expect(code).toBe(69);
    expect(err).toBe(`No simulated network at 127.0.0.1:${port}; start "koine demo"\n`);
  });

  test("takes ports and times that can be", async () => {
    await using koine = await Koine.open();
    for (const option of ["--port=0", "--port=x", "--wait=-1"]) {
      expect((await koine.run("simulate", "phone", option)).code).toBe(64);
    }
  });
});
