import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { adapterKinds } from "../../src/adapters.ts";
import { systemClock } from "../../src/clock.ts";
import { loadConfig } from "../../src/config/load.ts";
import { examine } from "../../src/doctor/doctor.ts";
import { Koine } from "../support/daemon.ts";
import { codesOf, Machine } from "../support/doctor.ts";

const rowsSchema = z.array(
  z.object({
    about: z.string(),
    level: z.enum(["ok", "warning", "problem"]),
    code: z.string().optional(),
    what: z.string(),
    why: z.string().optional(),
    next: z.string().optional(),
  }),
);
type Row = z.infer<typeof rowsSchema>[number];

async function rowsOf(koine: Koine, ...args: readonly string[]): Promise<readonly Row[]> {
  const { out } = await koine.run("doctor", "--json", ...args);
  return rowsSchema.parse(JSON.parse(out));
}

/** What is wrong with one thing. */
function codes(rows: readonly Row[], about: string): readonly string[] {
  return rows.flatMap((row) => (row.about === about && row.code !== undefined ? [row.code] : []));
}

/** The same with little patience: what is found of each thing. */
async function whileFrozen(koine: Koine): Promise<ReadonlyMap<string, readonly string[]>> {
  await using machine = await Machine.make();
  const file = join(koine.directory, "koine.yaml");
  const sections = await examine({
    load: () => loadConfig({ file, env: {}, kinds: adapterKinds }),
    directoryOf: () => join(koine.directory, "koine-data"),
    surroundings: machine.surroundings({ clock: systemClock(20) }),
    run: "koine run",
  });
  return new Map(sections.map(({ name, findings }) => [name, codesOf(findings)]));
}

const password = "hunter-of-secrets";
const pin = "867530";
const bindKey = "231d39c1d7cc1ab1aee224cd096db932";

/** An adapter of somebody else, which knows nothing of the doctor, and one that gets it wrong. */
const stranger = (needs: string): string => `
export default {
  kind: "stranger", module: import.meta.url, isolation: "none",
  configSchema: { safeParse: (data) => ({ success: true, data }) },
  ${needs}
  create: () => ({
    async run(host, signal) {
      host.status({ state: "online" });
      await host.clock.sleep(60_000, signal).catch(() => {});
    },
  }),
};
`;

test("koine doctor finds what this machine lacks, and what is well", async () => {
  await using koine = await Koine.open(`
bus: { url: "mqtt://anna:${password}@127.0.0.1:1" }
adapters:
  - { use: zigbee, port: /dev/serial/by-id/usb-none, stick: zstack }
  - use: ble
    controller: hci9
    devices: [{ address: "a4:c1:38:8d:18:b2", key: ${bindKey} }]
  - { use: sms, country: "254", modems: [{ port: "tcp://127.0.0.1:1", pin: !secret sim_pin }] }
  - { use: ./plain.mjs, name: plain }
  - { use: ./wrong.mjs, name: wrong }
`);
  await koine.write("secrets.yaml", `sim_pin: "${pin}"\n`);
  await koine.write("plain.mjs", stranger(""));
  await koine.write("wrong.mjs", stranger(`needs() { throw new Error("wrong ${pin}"); },`));
  const said = await koine.run("doctor");
  expect(said.err).toBe("");
  expect(said.code).toBe(1);
  expect(said.out).toContain("No Zigbee stick is at");
  expect(said.out).toContain("There is no Bluetooth controller hci9");
  expect(said.out).toMatch(/\n\d+ problems, \d+ warnings?\n$/);
  for (const secret of [password, pin, bindKey]) expect(said.out).not.toContain(secret);

  const rows = await rowsOf(koine);
  expect(codes(rows, "zigbee")).toEqual(["serial_missing"]);
  expect(codes(rows, "ble")).toContain("bluetooth_missing");
  expect(codes(rows, "sms")).toEqual(["server_unreachable"]);
  expect(codes(rows, "broker")).toEqual(["broker_unreachable"]);
  expect(codes(rows, "plain")).toEqual([]);
  expect(codes(rows, "wrong")).toEqual(["adapter_unclear"]);
  expect(codes(rows, "gateway")).toContain("gateway_down");
  expect(codes(rows, "machine")).toEqual([]);
  for (const { level, why = "", next = "" } of rows) {
    expect([why === "", next === ""]).toEqual([level === "ok", level === "ok"]);
  }
});

test("koine doctor takes what a running gateway holds for well, also where it stands still", async () => {
  await using koine = await Koine.open(`
bus: { listen: [tcp://127.0.0.1:0] }
adapters:
  - { use: wifi }
  - { use: sms, country: "254", modems: [{ port: "tcp://127.0.0.1:1" }] }
`);
  const daemon = koine.start("run");
  const port = new URL(await daemon.url()).port;
  await koine.write("koine.yaml", `bus: { listen: ["tcp://127.0.0.1:${port}"] }\n`);
  const up = await rowsOf(koine);
  expect(codes(up, "broker")).toEqual([]);
  expect(codes(up, "gateway").filter((code) => !code.startsWith("service_"))).toEqual([
    "adapter_down",
  ]);
  const sms = up.find(({ code }) => code === "adapter_down");
  expect(sms?.what).toMatch(/^Adapter sms is/);
  const [, word = "?"] = /grep '([^']+)'/.exec(sms?.next ?? "") ?? [];
  expect(daemon.err).toContain(word);

  daemon.signal("SIGSTOP");
  const frozen = await whileFrozen(koine);
  daemon.signal("SIGCONT");
  expect(frozen.get("gateway")).toContain("gateway_unhealthy");
  expect(frozen.get("broker")).toEqual([]);

  daemon.signal("SIGTERM");
  await daemon.exit();
  const down = await koine.run("doctor");
  expect(down).toMatchObject({ code: 0, err: "" });
  expect(down.out).toContain(`tcp://127.0.0.1:${port} is free`);
});

test.skipIf(!existsSync("/dev/shm"))("koine doctor sees the disk as it is", async () => {
  await using koine = await Koine.open("adapters: []\nbus: { listen: [tcp://127.0.0.1:0] }\n");
  const data = await mkdtemp("/dev/shm/koine-doctor-test-");
  try {
    expect(codes(await rowsOf(koine, "--data", data), "data")).toEqual(["data_volatile"]);
  } finally {
    await rm(data, { recursive: true });
  }
});

test("koine doctor looks on where the configuration cannot be used", async () => {
  await using koine = await Koine.open('bus: { url: "mqtt://anna:hunter-of-secrets@" }\nid: 7\n');
  const said = await koine.run("doctor");
  expect(said.code).toBe(1);
  expect(said.out).toContain("[config_invalid]");
  expect(said.out).toContain('koine config check --config "koine.yaml"');
  expect(said.out).not.toContain(password);
});
