import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Line } from "../../../adapters/simulation/line.ts";
import { examine as examineModem } from "../../../adapters/sms/modem/examine.ts";
import { Modem } from "../../../adapters/sms/simulator/modem.ts";
import { Network } from "../../../adapters/sms/simulator/network.ts";
import { sms } from "../../../adapters/sms/index.ts";
import { serialPorts } from "../../../src/adapters.ts";
import { systemClock } from "../../../src/clock.ts";
import type { Need } from "../../../src/core/adapter.ts";
import { checkAdapter } from "../../../src/doctor/checks/adapter.ts";
import { checkUnused } from "../../../src/doctor/checks/unused.ts";
import { examine } from "../../../src/doctor/doctor.ts";
import type { Finding } from "../../../src/model/finding.ts";
import { codesOf, Machine, troubles } from "../../support/doctor.ts";
import { gps, sim7600, UsbTree } from "../../support/usb-tree.ts";

/** An adapter of somebody else that needs this, and time that runs fast. */
async function ofNeeds(
  machine: Machine,
  needs: () => readonly Need[],
): Promise<readonly Finding[]> {
  const { kind, config } = await machine.adapter("{ use: wifi }");
  const surroundings = machine.surroundings({ clock: systemClock(500) });
  const adapter = { name: "mine", kind: { ...kind, needs }, config };
  return (await checkAdapter(adapter, false, surroundings)).findings;
}

/** A modem on a line, until the test has ended. */
async function modemOnLine(): Promise<Line & AsyncDisposable> {
  const clock = systemClock();
  const modem = new Modem({ clock, network: new Network(clock), make: "sim7600" });
  const line = new Line(() => modem, { clock });
  await line.open();
  return Object.assign(line, { [Symbol.asyncDispose]: () => line.close() });
}

describe("what an adapter of somebody else gets wrong is told, and the rest is looked at", () => {
  const server = (machine: Machine, more: object): Need => ({
    type: "serial",
    what: "meter",
    port: "auto",
    find: async () => [machine.root],
    ...more,
  });
  const rest = (machine: Machine): Need => server(machine, { find: async () => [] });

  test("an examination that throws", async () => {
    await using machine = await Machine.make();
    const broken = server(machine, { examine: () => Promise.reject(new Error("no such meter")) });
    const findings = await ofNeeds(machine, () => [broken, rest(machine)]);
    expect(troubles(findings, "adapter_unclear")).toMatchObject([{ why: "no such meter" }]);
  });

  test("an examination that never ends, also not when it is told to", async () => {
    await using machine = await Machine.make();
    const broken = server(machine, { examine: () => new Promise(() => {}) });
    const [found] = troubles(await ofNeeds(machine, () => [broken]), "adapter_unclear");
    expect(found?.why).toBe("Its examination took more than 35 s");
  });

  test("an examination that ends when it is told to", async () => {
    await using machine = await Machine.make();
    const patient = server(machine, {
      examine: (_: unknown, { signal }: { signal: AbortSignal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => resolve([{ level: "ok", what: "given up" }]));
        }),
    });
    expect(await ofNeeds(machine, () => [patient])).toEqual([{ level: "ok", what: "given up" }]);
  });

  test("a need that nobody knows, and needs that are none", async () => {
    await using machine = await Machine.make();
    const odd = [JSON.parse('{ "type": "satellite" }')] as readonly Need[];
    expect(codesOf(await ofNeeds(machine, () => odd))).toEqual(["adapter_unclear"]);
    const none = JSON.parse("7") as readonly Need[];
    expect(codesOf(await ofNeeds(machine, () => none))).toEqual(["adapter_unclear"]);
  });
});

test.skipIf(!existsSync("/usr/bin/socat"))(
  "a modem on a serial port says how it is, and one that others use is not spoken to",
  async () => {
    await using machine = await Machine.make();
    await using line = await modemOnLine();
    const path = join(machine.root, "modem");
    const bridge = spawn("socat", [`pty,link=${path},raw,echo=0`, `tcp:127.0.0.1:${line.port}`]);
    try {
      await expect.poll(() => existsSync(path)).toBe(true);
      const entry = `{ use: sms, country: "254", modems: [{ port: "${path}" }] }`;
      const adapter = await machine.adapter(entry);
      // Without processes: socat has the port open, too.
      const surroundings = machine.surroundings();
      const { findings } = await checkAdapter(adapter, false, surroundings);
      const what = `SIMCOM INCORPORATED SIMCOM_SIM7600E-H at "${path}", in the network Safaricom, signal -71 dBm`;
      expect(findings).toEqual([{ level: "ok", what }]);

      const { SerialPort } = await import("serialport");
      const other = new SerialPort({ path, baudRate: 115_200 });
      await new Promise((resolve) => {
        other.once("open", resolve);
      });
      // Whoever may not see the processes of others learns it from the port.
      const { modems } = sms.configSchema.parse({ modems: [{ port: path }], country: "254" });
      const [modem] = modems;
      if (!modem) throw new Error("No modem");
      const { clock } = surroundings;
      const context = { clock, signal: new AbortController().signal };
      const [busy] = troubles(await examineModem(modem, [path], context), "serial_busy");
      expect(busy?.next).toContain("sudo koine doctor");
      await new Promise((resolve) => {
        other.close(resolve);
      });
    } finally {
      bridge.kill();
    }
  },
);

test("a modem that is used by one of its ports is used, and another thing is told of once", async () => {
  await using tree = await UsbTree.make(gps, ...sim7600);
  const ports = await serialPorts(tree.root);
  const used = ports.find(({ vendorId }) => vendorId === "1e0e");
  expect(checkUnused(ports, new Set([used?.path ?? ""]))).toMatchObject([
    { code: "serial_unused", what: expect.stringContaining("u-blox") as string },
  ]);
  expect(checkUnused(ports, new Set())).toHaveLength(2);
});

test("secrets of the configuration are in nothing that is found", async () => {
  await using machine = await Machine.make();
  await machine.write("secrets.yaml", 'sim_pin: "867530"\nbroker: hunter/of secrets\n', 0o600);
  const loaded = await machine.load(`
bus: { listen: [tcp://127.0.0.1:0] }
adapters:
  - { use: wifi, source: "mqtt://127.0.0.1:1", username: anna, password: !secret broker }
  - { use: sms, country: "254", modems: [{ port: "tcp://127.0.0.1:1", pin: !secret sim_pin }] }
`);
  const leaky = loaded.adapters.map((adapter) => ({
    ...adapter,
    kind: {
      ...adapter.kind,
      needs: () => {
        throw new Error(JSON.stringify(adapter.config));
      },
    },
  }));
  const sections = await examine({
    load: async () => ({ ...loaded, adapters: leaky }),
    directoryOf: () => machine.root,
    surroundings: machine.surroundings(),
    run: "koine run",
  });
  const text = JSON.stringify(sections);
  expect(text).toContain("[redacted]");
  expect(text).not.toMatch(/867530|hunter/);
});
