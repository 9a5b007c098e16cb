import { chmod, chown, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { connect, type IClientOptions } from "mqtt";
import { describe, expect, test } from "vitest";
import { TestClient } from "../support/broker.ts";
import { Koine, type Running } from "../support/daemon.ts";

const openConfig = `
bus:
  listen: ["tcp://127.0.0.1:0", "tls://0.0.0.0:0", "wss://0.0.0.0:0"]
  rules: [{ deny: test/nosubscribe, to: [subscribe] }]
`;

/** `host:port` of a listener, as the daemon says it. */
async function addressOf(running: Running, protocol: string): Promise<string> {
  const [, address] = await running.says(new RegExp(`MQTT .*${protocol}://([^ \\n]+)`));
  return address ?? "";
}

/** Another machine's way in, here by a name in the certificate. */
async function secure(
  koine: Koine,
  running: Running,
  options: IClientOptions,
  protocol: "tls" | "wss" = "tls",
): Promise<TestClient> {
  const address = await addressOf(running, protocol);
  const ca = await readFile(join(koine.directory, "koine-data", "tls", "ca.pem"));
  const scheme = protocol === "tls" ? "mqtts" : "wss";
  const url = `${scheme}://localhost:${address.split(":").at(-1)}`;
  const mqtt = connect(url, { protocolVersion: 4, reconnectPeriod: 0, ca, ...options });
  const client = new TestClient(mqtt);
  await new Promise<void>((resolve, reject) => {
    mqtt.once("connect", () => resolve());
    mqtt.once("error", reject);
  });
  return client;
}

async function addUser(koine: Koine, name: string, role: string, ...more: string[]): Promise<void> {
  const adding = koine.start("user", "add", name, "--role", role, ...more);
  adding.child.stdin?.end(`password of ${name}\n`);
  expect(await adding.exit()).toBe(0);
}

const device = "wifi-024b4f0000aa";

describe("a broker for other machines", () => {
  test.each([
    ["tcp://0.0.0.0:0", "other machines could reach this without encryption"],
    ["tls://0.0.0.0:0", "without TLS and users"],
  ])("at %s is refused without users and TLS, exit 78", async (listen, reason) => {
    await using koine = await Koine.open(`bus: { listen: ['${listen}'] }\n`);
    const { code, err } = await koine.run("run");
    expect(code).toBe(78);
    expect(err).toContain(reason);
    expect(err).toContain("bus.insecure: true");
  });

  test("that is insecure says so aloud, and as a property of the gateway", async () => {
    await using koine = await Koine.open("bus: { listen: ['tcp://0.0.0.0:0'], insecure: true }\n");
    const running = koine.start("run");
    const [, port] = await running.says(/MQTT +tcp:\/\/0\.0\.0\.0:(\d+)/);
    await expect.poll(() => running.err).toContain("INSECURE: other machines are let in");
    const mqtt = connect(`mqtt://127.0.0.1:${port}`, { protocolVersion: 4, reconnectPeriod: 0 });
    const client = new TestClient(mqtt);
    await client.subscribe("koine/1/+/value/insecure");
    expect(await client.count(1)).toMatchObject([{ payload: "true" }]);
    await mqtt.endAsync(true);
  });

  test("lets users in over TLS, each to what its role may do", async () => {
    await using koine = await Koine.open(openConfig);
    await addUser(koine, "anna", "admin");
    await addUser(koine, "carl", "reader");
    await addUser(koine, "plug", "device");
    const running = koine.start("run");
    const anna = await secure(koine, running, { username: "anna", password: "password of anna" });
    const carl = await secure(
      koine,
      running,
      { username: "carl", password: "password of carl" },
      "wss",
    );
    const plug = await secure(koine, running, { username: "plug", password: "password of plug" });
    for (const client of [anna, carl]) await client.subscribe("koine/1/#");
    await plug.publish("tele/plug/STATE", "{}");
    await plug.publish(`koine/1/${device}/set`, "{}");
    await carl.publish(`koine/1/${device}/set`, '{"_id":"c"}');
    await carl.publish("koine/1/bridge/request/info", '{"_id":"i"}');
    // Not under the `_id` that was given: that may be somebody else's.
    for (const topic of [`koine/1/${device}/result`, "koine/1/bridge/response/info"]) {
      const refused = await anna.next((message) => message.topic === topic);
      expect(refused.payload).toContain('"not_allowed"');
      expect(refused.payload).not.toMatch(/"_id":"[ci]"/);
    }
    await anna.publish("koine/1/bridge/request/info", '{"_id":"a"}');
    const info = await anna.next(
      ({ topic, payload }) => topic.includes("response") && payload.includes('"a"'),
    );
    expect(info.payload).toContain('"ok"');
    const denied = await plug.mqtt.subscribeAsync("koine/1/#").catch((error: unknown) => error);
    expect(String(denied)).toContain("Unspecified error");
    for (const client of [anna, carl, plug]) await client.mqtt.endAsync(true);
  });

  test.each([
    ["a wrong password", { username: "anna", password: "guess" }, "Bad username or password"],
    ["an unknown user", { username: "eve", password: "guess" }, "Bad username or password"],
  ])("refuses %s, with a line for the audit", async (_, options, reason) => {
    await using koine = await Koine.open(openConfig);
    await addUser(koine, "anna", "admin");
    const running = koine.start("run");
    await expect(secure(koine, running, options)).rejects.toThrow(reason);
    await expect
      .poll(() => running.log().find(({ msg }) => msg === "login failed"))
      .toMatchObject({ audit: true, address: "127.0.0.1", user: options.username });
    expect(running.err).not.toContain("guess");
  });

  test("shows a certificate that koine cert names, the same at each start", async () => {
    await using koine = await Koine.open(openConfig);
    await addUser(koine, "anna", "admin");
    const none = await koine.run("cert");
    expect(none).toMatchObject({ code: 69 });
    expect(none.err).toContain("it is made when the gateway first listens on tls://");
    const first = koine.start("run");
    await addressOf(first, "tls");
    const shown = await koine.run("cert");
    expect(shown.out).toMatch(/SHA-256 +[0-9A-F]{2}(:[0-9A-F]{2}){31}\n/);
    first.signal("SIGTERM");
    await first.exit();
    const second = koine.start("run");
    await addressOf(second, "tls");
    expect(await koine.run("cert")).toEqual(shown);
  });

  test("ends the connections of a user that is removed while it runs", async () => {
    await using koine = await Koine.open(openConfig);
    await addUser(koine, "anna", "admin");
    const running = koine.start("run");
    const options = { username: "bob", password: "password of bob" };
    await addressOf(running, "tls");
    await addUser(koine, "bob", "controller");
    const bob = await secure(koine, running, options);
    const closed = new Promise<void>((resolve) => bob.mqtt.once("close", () => resolve()));
    const listed = await koine.run("user", "list");
    expect(listed.out.split("\n").map((line) => line.split(/ +/).slice(0, 2))).toEqual([
      ["anna", "admin"],
      ["bob", "controller"],
      [""],
    ]);
    expect(await koine.run("user", "remove", "bob")).toMatchObject({ code: 0 });
    await closed;
    await expect(secure(koine, running, options)).rejects.toThrow("Bad username or password");
  });
});

test.skipIf(process.getuid?.() !== 0)(
  "what root changes in the data of another user stays that user's",
  async () => {
    await using koine = await Koine.open(openConfig);
    const data = join(koine.directory, "koine-data");
    await addUser(koine, "anna", "admin");
    await chmod(koine.directory, 0o755);
    const nobody = 65_534;
    await chown(data, nobody, nobody);
    for (const name of await readdir(data)) await chown(join(data, name), nobody, nobody);
    await addUser(koine, "john", "reader");
    expect((await koine.run("user", "list")).out).toMatch(/^anna +admin\njohn +reader$/m);
    for (const name of await readdir(data)) {
      expect((await stat(join(data, name))).uid).toBe(nobody);
    }
  },
);
