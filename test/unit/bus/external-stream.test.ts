import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Duplex } from "node:stream";
import { generate, parser, type Packet } from "mqtt-packet";
import { describe, expect, test } from "vitest";
import { LinkError } from "../../../src/errors.ts";
import { openExternal, until } from "../../support/external.ts";
import { freePort } from "../../support/outside-broker.ts";
import { connectPacket, ScriptedBroker } from "../../support/scripted-broker.ts";

const fixture = (name: string): string =>
  readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url), "utf8");
const tls = { cert: fixture("certificate"), key: fixture("key") };

const { signal } = new AbortController();
const ping = generate({ cmd: "pingreq" });

/** CONNECT of the adapter `adapter`; the bus itself connects there too. */
async function adapterConnect(broker: ScriptedBroker): Promise<Packet | undefined> {
  const find = (): Packet | undefined =>
    broker.all("connect").find(({ clientId }) => clientId === "adapter");
  await until(() => find() !== undefined);
  return find();
}

async function received(stream: Duplex): Promise<Packet> {
  const parse = parser();
  const packet = once(parse, "packet");
  stream.on("data", (bytes: Buffer) => parse.parse(bytes));
  const [first] = (await packet) as [Packet];
  return first;
}

describe("a connection for an adapter", () => {
  test.each(["tcp", "ws"] as const)("over %s says who the gateway is", async (over) => {
    await using broker = await ScriptedBroker.open(over);
    const protocol = over === "tcp" ? "mqtt" : "ws";
    const url = new URL(`${protocol}://gate%3Akeeper:secret@127.0.0.1:${broker.port}/mqtt`);
    await using opened = await openExternal(broker.port, { url });
    await until(() => opened.bus.connected);
    const stream = await opened.bus.openMqtt(signal);
    const will = { topic: "a/b", payload: Buffer.from([0, 255]), qos: 1, retain: true } as const;
    const bytes = Buffer.concat([connectPacket({ will, clean: false }), ping]);
    for (const byte of bytes) stream.write(Buffer.of(byte));
    expect(await received(stream)).toMatchObject({ cmd: "connack", returnCode: 0 });
    const given = { username: "gate:keeper", password: Buffer.from("secret") };
    expect(await adapterConnect(broker)).toMatchObject({
      clean: false,
      keepalive: 30,
      will,
      ...given,
    });
    await broker.count("pingreq", 1);
    stream.end();
    await once(stream, "close");
  });

  test("leaves an adapter its own name", async () => {
    await using broker = await ScriptedBroker.open();
    const url = new URL(`mqtt://gateway@127.0.0.1:${broker.port}`);
    await using opened = await openExternal(broker.port, { url });
    const stream = await opened.bus.openMqtt(signal);
    stream.write(connectPacket({ username: "adapter" }));
    expect(await adapterConnect(broker)).toMatchObject({ username: "adapter" });
    stream.destroy();
  });

  test("is what the adapter makes of it, where the broker asks for nobody", async () => {
    await using broker = await ScriptedBroker.open();
    await using opened = await openExternal(broker.port);
    const stream = await opened.bus.openMqtt(signal);
    stream.write(connectPacket());
    expect((await adapterConnect(broker)) ?? {}).not.toHaveProperty("username");
    stream.destroy();
  });

  test.each([
    ["another packet", ping],
    ["an endless one", Buffer.of(0x10, 255, 255, 255, 127)],
    ["a broken one", Buffer.of(0x10, 2, 0, 9)],
  ])("ends when it begins with %s", async (_, bytes) => {
    await using broker = await ScriptedBroker.open();
    const url = new URL(`mqtt://gateway@127.0.0.1:${broker.port}`);
    await using opened = await openExternal(broker.port, { url });
    const stream = await opened.bus.openMqtt(signal);
    stream.write(bytes);
    const [error] = (await once(stream, "error")) as [Error];
    expect(error).toMatchObject({ code: "protocol" });
  });

  test("ends when the broker ends it", async () => {
    await using broker = await ScriptedBroker.open();
    const url = new URL(`mqtt://gateway@127.0.0.1:${broker.port}`);
    await using opened = await openExternal(broker.port, { url });
    const stream = await opened.bus.openMqtt(signal);
    stream.write(connectPacket());
    await adapterConnect(broker);
    broker.cut();
    await once(stream, "close");
    expect(stream.destroyed).toBe(true);
  });

  test.each(["mqtt", "mqtts", "ws", "wss"])("over %s fails without a broker", async (protocol) => {
    const url = new URL(`${protocol}://127.0.0.1:${await freePort()}`);
    await using opened = await openExternal(0, { url });
    await expect(opened.bus.openMqtt(signal)).rejects.toThrow(LinkError);
    await expect(opened.bus.openMqtt(AbortSignal.abort())).rejects.toThrow(Error);
  });
});

describe("a bus over TLS", () => {
  test.each(["127.0.0.1", "localhost"])("trusts whom it is told to, at %s", async (host) => {
    await using broker = await ScriptedBroker.open(tls);
    const url = new URL(`mqtts://${host}:${broker.port}`);
    await using opened = await openExternal(broker.port, { url, ca: tls.cert });
    await until(() => opened.bus.connected);
    const stream = await opened.bus.openMqtt(signal);
    stream.write(connectPacket());
    expect(await received(stream)).toMatchObject({ cmd: "connack" });
    stream.destroy();
  });

  test("trusts nobody else", async () => {
    await using broker = await ScriptedBroker.open(tls);
    const url = new URL(`mqtts://127.0.0.1:${broker.port}`);
    await using opened = await openExternal(broker.port, { url });
    await until(() => opened.log.messages("warn").length > 0);
    expect(String(opened.log.lines[0]?.fields["err"])).toContain("self-signed certificate");
    expect(broker.packets).toEqual([]);
  });
});
