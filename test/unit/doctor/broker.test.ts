import { createServer, type Server, type Socket } from "node:net";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { portOf } from "../../../adapters/simulation/line.ts";
import { Users } from "../../../src/bus/access/users.ts";
import {
  issueAuthority,
  issueServer,
  makeKey,
} from "../../../src/bus/access/issue-certificates.ts";
import { checkBus } from "../../../src/doctor/checks/broker.ts";
import { checkServer } from "../../../src/doctor/checks/network.ts";
import { checkPorts } from "../../../src/doctor/checks/ports.ts";
import type { Finding } from "../../../src/model/finding.ts";
import { openStore } from "../../../src/store/level-store.ts";
import { codesOf, Machine, troubles } from "../../support/doctor.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";

async function ofBus(machine: Machine, bus: string): Promise<readonly Finding[]> {
  const { config } = await machine.load(`bus: ${bus}\n`);
  return checkBus(config.bus, join(machine.root, "data"), false, machine.surroundings());
}

async function listening(host: string, take: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    take(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  return server;
}

describe("a broker elsewhere", () => {
  test("that hangs up without a word cannot be reached", async () => {
    await using machine = await Machine.make();
    const server = await listening("127.0.0.1", (socket) => {
      socket.on("data", () => socket.end());
    });
    const url = `mqtt://127.0.0.1:${portOf(server.address())}`;
    expect(codesOf(await ofBus(machine, `{ url: "${url}" }`))).toEqual(["broker_unreachable"]);
    server.close();
  });

  test.each([
    [4, "broker_refused"],
    [5, "broker_refused"],
    [3, "broker_unreachable"],
  ])("that answers with code %i is %s", async (code, found) => {
    await using machine = await Machine.make();
    await using broker = await ScriptedBroker.open("ws");
    broker.connackCode = code;
    const findings = await ofBus(
      machine,
      `{ url: "ws://anna:geheimnis@127.0.0.1:${broker.port}" }`,
    );
    expect(codesOf(findings)).toEqual([found]);
    expect(JSON.stringify(findings)).not.toContain("geheimnis");
  });

  test("is trusted by the certificate that the configuration names", async () => {
    await using machine = await Machine.make();
    const key = await makeKey();
    const untilMs = Date.UTC(2040, 0, 1);
    const issuer = { certificate: await issueAuthority({ key, untilMs }), key };
    const served = async (until: number): Promise<string> =>
      (await issueServer({ key, issuer, names: ["127.0.0.1"], untilMs: until })).toString();
    const pem = key.export({ type: "pkcs8", format: "pem" }).toString();
    await machine.write("ca.pem", issuer.certificate.toString());
    await using good = await ScriptedBroker.open({ key: pem, cert: await served(untilMs) });
    const url = `mqtts://127.0.0.1:${good.port}`;
    expect(codesOf(await ofBus(machine, `{ url: "${url}", ca: ca.pem }`))).toEqual([]);
    const [untrusted] = troubles(await ofBus(machine, `{ url: "${url}" }`), "certificate_unusable");
    expect(untrusted?.next).toContain(`openssl s_client -connect 127.0.0.1:${good.port}`);
    const missing = await ofBus(machine, `{ url: "${url}", ca: gone.pem }`);
    expect(troubles(missing, "certificate_unusable")[0]?.why).toBe("no such file or directory");

    const expired = await served(Date.UTC(2025, 0, 1));
    await using old = await ScriptedBroker.open({ key: pem, cert: expired });
    const late = await ofBus(machine, `{ url: "mqtts://127.0.0.1:${old.port}", ca: ca.pem }`);
    expect(codesOf(late)).toEqual(["certificate_expired"]);
  });
});

const hasIpv6 = networkInterfaces()["lo"]?.some(({ address }) => address === "::1") ?? false;

describe("the ports of a gateway", () => {
  test("that are taken twice by itself are told of", async () => {
    await using machine = await Machine.make();
    const server = await listening("127.0.0.1", () => {});
    const port = portOf(server.address());
    await new Promise((resolve) => {
      server.close(resolve);
    });
    const host = "127.0.0.1";
    const listen = [
      { protocol: "tcp", host, port },
      { protocol: "ws", host, port },
    ] as const;
    const [twin] = troubles(await checkPorts(listen, machine.surroundings()), "port_taken");
    expect(twin).toMatchObject({
      what: `ws://${host}:${port} is taken`,
      why: `bus.listen has tcp://${host}:${port}, too`,
    });
    // The whole list, with one that is free.
    expect(twin?.next).toMatch(
      new RegExp(`listen: \\["tcp://${host}:${port}", "ws://${host}:(?!${port})\\d+"\\]`),
    );
  });

  test.skipIf(!hasIpv6)(
    "are free where they are, on IPv6, and where the system chooses",
    async () => {
      await using machine = await Machine.make();
      const listen = [
        { protocol: "tcp", host: "::1", port: 0 },
        { protocol: "tcp", host: "127.0.0.1", port: 0 },
      ] as const;
      const findings = await checkPorts(listen, machine.surroundings());
      expect(findings.map(({ level }) => level)).toEqual(["ok", "ok"]);
    },
  );

  test.skipIf(!hasIpv6)("of servers on IPv6 are reached by the address in brackets", async () => {
    await using machine = await Machine.make();
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, "::1", resolve);
    });
    const url = new URL(`tcp://[::1]:${portOf(server.address())}`);
    const need = { type: "server", what: "stick", url } as const;
    const found = await checkServer(need, false, machine.surroundings());
    server.close();
    expect(found).toEqual([{ level: "ok", what: `stick at ::1:${url.port}` }]);
  });

  test.skipIf(!hasIpv6)(
    "on IPv6 that are taken are told of, and near the end of all ports too",
    async () => {
      await using machine = await Machine.make();
      const server = createServer();
      await new Promise<void>((resolve) => {
        server.listen(65_533, "::1", resolve);
      });
      const listen = [{ protocol: "tcp", host: "::1", port: 65_533 }] as const;
      const [taken] = troubles(await checkPorts(listen, machine.surroundings()), "port_taken");
      // The process that looks is no other program.
      expect(taken?.why).toContain("Another program listens there");
      expect(taken?.next).toMatch(/listen: \["tcp:\/\/\[::1\]:10\d\d"\]/);
      server.close();
    },
  );

  test("at a name that nobody knows are told of", async () => {
    await using machine = await Machine.make();
    const listen = [{ protocol: "tcp", host: "barn.invalid", port: 1_883 }] as const;
    const [found] = troubles(await checkPorts(listen, machine.surroundings()), "address_missing");
    expect(found?.what).toBe("tcp://barn.invalid:1883 cannot be listened on");
  });
});

describe("the users of an open broker", () => {
  const open = "{ listen: [tls://0.0.0.0:0] }";

  test("are counted, and the store stays as it is", async () => {
    await using machine = await Machine.make();
    const directory = join(machine.root, "data");
    const { store } = await openStore(directory, "damaged");
    const users = await Users.load(store);
    await users.add({ name: "anna", role: "admin" }, "correct horse");
    await store.close();
    await chmod(directory, 0o755);
    const before = await contentOf(directory);
    expect(codesOf(await ofBus(machine, open))).toEqual([]);
    expect(await contentOf(directory)).toEqual(before);
  });

  test("of a store that is damaged are not told of, and it is not moved", async () => {
    await using machine = await Machine.make();
    const directory = join(machine.root, "data");
    await mkdir(directory);
    await writeFile(join(directory, "CURRENT"), "nonsense");
    await ofBus(machine, open);
    expect(await contentOf(directory)).toEqual([["CURRENT", "nonsense"]]);
    expect(await readdir(machine.root)).toEqual(["data", "koine.yaml"]);
  });
});

async function contentOf(directory: string): Promise<readonly (readonly [string, string])[]> {
  const names = (await readdir(directory)).toSorted();
  return Promise.all(
    names.map(async (name) => [name, await readFile(join(directory, name), "latin1")] as const),
  );
}
