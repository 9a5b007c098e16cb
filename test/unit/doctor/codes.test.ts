import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, open, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Line } from "../../../adapters/simulation/line.ts";
import { Modem } from "../../../adapters/sms/simulator/modem.ts";
import { Network } from "../../../adapters/sms/simulator/network.ts";
import { issueAuthority, makeKey } from "../../../src/bus/access/issue-certificates.ts";
import { ControlSocket } from "../../../src/bus/control-socket.ts";
import { systemClock } from "../../../src/clock.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { adapterKinds, serialPorts } from "../../../src/adapters.ts";
import { Counters } from "../../../src/counters.ts";
import { checkAdapter } from "../../../src/doctor/checks/adapter.ts";
import { checkBluetooth } from "../../../src/doctor/checks/bluetooth.ts";
import { checkBus } from "../../../src/doctor/checks/broker.ts";
import { checkCertificates } from "../../../src/doctor/checks/certificates.ts";
import { checkClock } from "../../../src/doctor/checks/clock.ts";
import { checkConfig } from "../../../src/doctor/checks/config.ts";
import { checkData } from "../../../src/doctor/checks/data.ts";
import { checkGateway } from "../../../src/doctor/checks/gateway.ts";
import { checkMachine } from "../../../src/doctor/checks/machine.ts";
import { checkPorts } from "../../../src/doctor/checks/ports.ts";
import { checkUnused } from "../../../src/doctor/checks/unused.ts";
import { findingCodes, type Finding, type FindingCode } from "../../../src/model/finding.ts";
import { TestBroker } from "../../support/broker.ts";
import { asNobody, Machine, troubles } from "../../support/doctor.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { conbee, gps, sonoffE, UsbTree, type Plugged } from "../../support/usb-tree.ts";

const mib = 1_048_576;

/** What is wrong, and words of what is said of it. */
interface Provocation {
  readonly provoke: (machine: Machine) => Promise<readonly Finding[]>;
  readonly level: "problem" | "warning";
  readonly says: RegExp;
}

async function ofAdapter(machine: Machine, entry: string): Promise<readonly Finding[]> {
  const { findings } = await checkAdapter(
    await machine.adapter(entry),
    false,
    machine.surroundings(),
  );
  return findings;
}

/** A Zigbee stick wanted, and this plugged in. */
async function ofStick(
  machine: Machine,
  ...plugged: readonly Plugged[]
): Promise<readonly Finding[]> {
  await using tree = await UsbTree.make(...plugged);
  const adapter = await machine.adapter("{ use: zigbee, port: auto }");
  const { findings } = await checkAdapter(
    adapter,
    false,
    machine.surroundings({ root: tree.root }),
  );
  return findings;
}

/** A modem in bytes, in the state that it is put in. */
async function ofModem(
  machine: Machine,
  change: (modem: Modem) => void,
  { timeScale = 1, ...sim }: { readonly pin?: string; readonly timeScale?: number } = {},
): Promise<readonly Finding[]> {
  const clock = systemClock(timeScale);
  const modem = new Modem({ clock, network: new Network(clock), make: "sim7600", ...sim });
  change(modem);
  const line = new Line(() => modem, { clock });
  await line.open();
  try {
    const entry = `{ use: sms, country: "254", modems: [{ port: "${line.address}" }] }`;
    const adapter = await machine.adapter(entry);
    const { findings } = await checkAdapter(adapter, false, machine.surroundings({ clock }));
    return findings;
  } finally {
    await line.close();
  }
}

/** A Bluetooth controller wanted, and the machine as its files say. */
async function ofBluetooth(
  machine: Machine,
  files: Readonly<Record<string, string>>,
  load: () => void = () => {},
): Promise<readonly Finding[]> {
  const all = { "proc/self/status": "CapEff:\t000001ffffffffff\n", ...files };
  for (const [path, text] of Object.entries(all)) await machine.write(path, text);
  const need = { type: "bluetooth", controller: "hci0", load } as const;
  return checkBluetooth(need, false, machine.surroundings());
}
const controller = { "sys/class/bluetooth/hci0/address": "" };

/** A gateway that answers at its control socket. */
async function ofGateway(
  machine: Machine,
  ask: (verb: string) => Promise<object>,
  timeScale = 1,
): Promise<readonly Finding[]> {
  const directory = machine.root;
  const control = await ControlSocket.open({ directory, ask, counters: new Counters() });
  try {
    const surroundings = machine.surroundings({ clock: systemClock(timeScale) });
    return (await checkGateway(directory, surroundings, "koine run")).findings;
  } finally {
    await control.close();
  }
}

async function ofService(machine: Machine, shown: string): Promise<readonly Finding[]> {
  await machine.program("systemctl", shown);
  return (await checkGateway(machine.root, machine.surroundings(), "koine run")).findings;
}

async function ofBus(machine: Machine, bus: string): Promise<readonly Finding[]> {
  const { config } = await machine.load(`bus: ${bus}\n`);
  return checkBus(config.bus, join(machine.root, "data"), false, machine.surroundings());
}

async function ofCertificate(
  machine: Machine,
  until: number,
  isForeign: boolean,
): Promise<readonly Finding[]> {
  const key = await makeKey();
  const certificate = await issueAuthority({ key, untilMs: until });
  const other = isForeign ? await makeKey() : key;
  await machine.write("cert.pem", certificate.toString());
  await machine.write("key.pem", other.export({ type: "pkcs8", format: "pem" }).toString());
  const tls = "tls: { cert: cert.pem, key: key.pem }";
  const { config } = await machine.load(`bus: { listen: [tls://127.0.0.1:0], ${tls} }\n`);
  return checkCertificates(config.bus, machine.root, machine.surroundings());
}

const loopback = { protocol: "tcp", host: "127.0.0.1" } as const;

/** A port of this machine on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

const answer = { _id: "1", _ts: "2026-11-25T12:00:00.000Z", status: "ok" };
const healthy = { ...answer, data: { healthy: true, troubles: [] } };
const info = (state: string): object => ({
  ...answer,
  data: { version: "1", pid: 42, adapters: [{ name: "zigbee", state, reason: "no stick" }] },
});

/** For each code, something real that leads to it. The compiler holds that none is left out. */
const provocations = {
  node_too_old: {
    provoke: (machine) => checkMachine(machine.surroundings({ nodeVersion: "20.18.3" })),
    level: "problem",
    says: /20\.18\.3.*20\.19.*apt install nodejs/,
  },
  memory_small: {
    provoke: (machine) =>
      checkMachine(machine.surroundings({ memoryBytes: 256 * mib, heapLimitBytes: 64 * mib })),
    level: "warning",
    says: /256 MiB.*384 MiB/,
  },
  heap_limit: {
    provoke: (machine) =>
      checkMachine(machine.surroundings({ memoryBytes: 1_024 * mib, heapLimitBytes: 900 * mib })),
    level: "warning",
    says: /900 of 1024 MiB.*--max-old-space-size=256/,
  },
  disk_full: {
    provoke: (machine) =>
      checkData(
        machine.root,
        false,
        machine.surroundings({ statfs: async () => ({ type: 0xef53, freeBytes: 9 * mib }) }),
      ),
    level: "problem",
    says: /9 MiB left.*vacuum/,
  },
  data_unusable: {
    provoke: async ({ root }) => {
      await chmod(root, 0o755);
      await mkdir(join(root, "closed"), { mode: 0o700 });
      await chmod(join(root, "closed"), 0);
      return asNobody(
        { checkData: "src/doctor/checks/data.js" },
        `checkData(${JSON.stringify(join(root, "closed"))}, false, surroundings)`,
      );
    },
    level: "problem",
    says: /closed" cannot be used by nobody.*permission denied.*chown -R nobody ".*closed"/,
  },
  data_volatile: {
    provoke: async (machine) => {
      const directory = await mkdtemp("/dev/shm/koine-doctor-test-");
      try {
        return await checkData(join(directory, "data"), false, machine.surroundings());
      } finally {
        await rm(directory, { recursive: true });
      }
    },
    level: "warning",
    says: /is in memory.*\/var\/lib\/koine/,
  },
  clock_unset: {
    provoke: (machine) => {
      const clock = new ManualClock();
      clock.wallMs = 60_000;
      clock.isSynced = false;
      return checkClock(machine.surroundings({ clock }));
    },
    level: "problem",
    says: /1970-01-01 00:01 UTC.*set-ntp true/,
  },
  clock_unsynced: {
    provoke: async (machine) => {
      await machine.program("timedatectl", "no");
      return checkClock(machine.surroundings());
    },
    level: "warning",
    says: /nobody confirms it.*set-ntp true/,
  },
  config_missing: {
    provoke: async () =>
      (await checkConfig(() => loadConfig({ env: {}, kinds: adapterKinds }))).findings,
    level: "warning",
    says: /There is no configuration.*koine init/,
  },
  config_invalid: {
    provoke: async (machine) =>
      (
        await checkConfig(() =>
          machine.load("bus: { lisen: [] }\nadapters: [{ use: wifi, sorce: own }]\n"),
        )
      ).findings,
    level: "problem",
    says: /koine\.yaml:1:8.*did you mean listen.*koine\.yaml:2:.*did you mean source.*koine config check --config "/,
  },
  secrets_open: {
    provoke: async (machine) => {
      await machine.write("secrets.yaml", "pin: 4321\n", 0o644);
      return (await checkConfig(() => machine.load("adapters: []\n"))).findings;
    },
    level: "warning",
    says: /Everybody.*secrets\.yaml".*sudo chmod 640 "/,
  },
  gateway_down: {
    provoke: async (machine) =>
      (await checkGateway(machine.root, machine.surroundings(), "koine run")).findings,
    level: "warning",
    says: /No gateway runs.*Nobody answers.*koine run/,
  },
  gateway_closed: {
    provoke: async ({ root }) => {
      const directory = root;
      const control = await ControlSocket.open({
        directory,
        ask: async () => healthy,
        counters: new Counters(),
      });
      await chmod(root, 0);
      try {
        return await asNobody(
          { checkGateway: "src/doctor/checks/gateway.js" },
          `checkGateway(${JSON.stringify(root)}, surroundings, "").then((it) => it.findings)`,
        );
      } finally {
        await chmod(root, 0o700);
        await control.close();
      }
    },
    level: "warning",
    says: /cannot be seen by this user.*somebody else.*sudo koine doctor/,
  },
  gateway_unhealthy: {
    provoke: (machine) => ofGateway(machine, () => new Promise(() => {}), 40),
    level: "problem",
    says: /does not work.*did not answer within 8 s.*systemctl restart koine/,
  },
  adapter_down: {
    provoke: (machine) =>
      ofGateway(machine, async (verb) => (verb === "info" ? info("waiting") : healthy)),
    level: "problem",
    says: /Adapter zigbee is waiting.*no stick.*"adapter":"zigbee"/,
  },
  adapter_unclear: {
    provoke: async (machine) => {
      const kind = {
        ...(await machine.adapter("{ use: wifi }")).kind,
        needs: () => {
          throw new TypeError("port is not defined");
        },
      };
      const surroundings = machine.surroundings();
      return (await checkAdapter({ name: "mine", kind, config: {} }, false, surroundings)).findings;
    },
    level: "warning",
    says: /adapter mine needs cannot be told.*port is not defined/,
  },
  service_missing: {
    provoke: (machine) =>
      ofService(machine, "LoadState=not-found\nActiveState=inactive\nResult=success"),
    level: "warning",
    says: /after a power cut.*sudo koine service install/,
  },
  service_failed: {
    provoke: (machine) =>
      ofService(machine, "LoadState=loaded\nActiveState=failed\nResult=exit-code"),
    level: "problem",
    says: /has failed.*exit-code.*journalctl -u koine/,
  },
  port_taken: {
    provoke: async (machine) => {
      const port = await closedPort();
      const script = `require("node:net").createServer().listen(${port}, "127.0.0.1", () => console.log("on"))`;
      const other = spawn(process.execPath, ["--eval", script]);
      await new Promise((resolve) => {
        other.stdout.once("data", resolve);
      });
      try {
        const surroundings = machine.surroundings({ root: "/" });
        return await checkPorts([{ ...loopback, port }], surroundings);
      } finally {
        other.kill();
      }
    },
    level: "problem",
    says: /is taken.*node \(process \d+\).*bus: \{ listen: \["tcp:\/\/127\.0\.0\.1:\d+"\] \}/,
  },
  port_forbidden: {
    provoke: () =>
      asNobody(
        { checkPorts: "src/doctor/checks/ports.js" },
        'checkPorts([{ protocol: "tls", host: "127.0.0.1", port: 883 }], surroundings)',
      ),
    level: "problem",
    says: /883 may not be used by nobody.*1024 are for root.*tls:\/\/127\.0\.0\.1:8883/,
  },
  address_missing: {
    provoke: (machine) =>
      checkPorts([{ protocol: "tcp", host: "192.0.2.1", port: 1883 }], machine.surroundings()),
    level: "problem",
    says: /192\.0\.2\.1:1883 is not an address of this machine.*ip -brief address/,
  },
  broker_open: {
    provoke: (machine) => ofBus(machine, "{ listen: [tls://0.0.0.0:0] }"),
    level: "problem",
    says: /open to everybody.*koine user add anna --role admin/,
  },
  broker_unreachable: {
    provoke: async (machine) => ofBus(machine, `{ url: "mqtt://127.0.0.1:${await closedPort()}" }`),
    level: "problem",
    says: /cannot be reached.*connection refused.*ping -c 3 127\.0\.0\.1/,
  },
  broker_refused: {
    provoke: async (machine) => {
      await using broker = await TestBroker.open();
      await broker.users.add({ name: "anna", role: "admin" }, "correct horse");
      const url = broker.url().replace("//", "//anna:wrong-horse@");
      return await ofBus(machine, `{ url: "${url}" }`);
    },
    level: "problem",
    says: /anna:\*\*\*@.* does not let us in.*user name and password/,
  },
  certificate_unusable: {
    provoke: (machine) => ofCertificate(machine, Date.UTC(2040, 0, 1), true),
    level: "problem",
    says: /cannot be used.*key\.pem" is the key of another certificate.*bus\.tls/,
  },
  certificate_expired: {
    provoke: (machine) => ofCertificate(machine, Date.UTC(2025, 1, 28), false),
    level: "warning",
    says: /cert\.pem" expired on 2025-02-28.*refuse/,
  },
  serial_missing: {
    provoke: (machine) => ofStick(machine, gps),
    level: "problem",
    says: /No Zigbee stick is at "auto".*u-blox.*ls -l \/dev\/serial\/by-id/,
  },
  serial_undecided: {
    provoke: (machine) => ofStick(machine, sonoffE, conbee),
    level: "problem",
    says: /cannot be told.*several Zigbee sticks.*Set port:/,
  },
  serial_renumbered: {
    provoke: (machine) =>
      ofAdapter(machine, '{ use: sms, country: "254", modems: [{ port: /dev/ttyUSB77 }] }'),
    level: "warning",
    says: /by its number, "\/dev\/ttyUSB77".*ls -l \/dev\/serial\/by-id/,
  },
  serial_forbidden: {
    provoke: async (machine) => {
      const path = await machine.write("dev/ttyX", "", 0);
      await chmod(machine.root, 0o755);
      const need = `{ type: "serial", what: "modem", port: "", find: async () => [${JSON.stringify(path)}] }`;
      return asNobody(
        { checkSerial: "src/doctor/checks/serial.js" },
        `checkSerial(${need}, false, surroundings)`,
      );
    },
    level: "problem",
    says: /nobody may not use the modem.*permission denied.*usermod -aG dialout nobody/,
  },
  serial_busy: {
    provoke: async (machine) => {
      const path = await machine.write("dev/ttyX", "");
      const file = await open(path);
      const other = spawn("sleep", ["60"], { stdio: [file.fd, "ignore", "ignore"] });
      await file.close();
      try {
        const adapter = await machine.adapter(
          `{ use: sms, country: "254", modems: [{ port: "${path}" }] }`,
        );
        const surroundings = machine.surroundings({ root: "/", serialPorts: async () => [] });
        return (await checkAdapter(adapter, false, surroundings)).findings;
      } finally {
        other.kill();
      }
    },
    level: "problem",
    says: /used by another program.*sleep \(process \d+\)/,
  },
  serial_unused: {
    provoke: async () => {
      await using tree = await UsbTree.make(gps);
      return checkUnused(await serialPorts(tree.root), new Set());
    },
    level: "warning",
    says: /u-blox.*used by no adapter.*koine init/,
  },
  modem_silent: {
    provoke: (machine) => ofModem(machine, (modem) => (modem.isMute = true), { timeScale: 20 }),
    level: "problem",
    says: /does not answer.*baud_rate/,
  },
  sim_missing: {
    provoke: (machine) => ofModem(machine, (modem) => (modem.hasSim = false)),
    level: "problem",
    says: /no SIM in the modem.*put the SIM in/,
  },
  sim_locked: {
    provoke: (machine) => ofModem(machine, () => {}, { pin: "4321" }),
    level: "problem",
    says: /asks for SIM PIN.*!secret sim_pin/,
  },
  network_missing: {
    provoke: (machine) => ofModem(machine, (modem) => modem.setRegistered(false)),
    level: "warning",
    says: /has found no network.*-71 dBm.*antenna/,
  },
  network_denied: {
    provoke: (machine) => ofModem(machine, (modem) => (modem.isDenied = true)),
    level: "problem",
    says: /does not take the SIM of SIMCOM.*operator/,
  },
  bluetooth_missing: {
    provoke: (machine) => ofBluetooth(machine, { "sys/class/bluetooth/hci1/address": "" }),
    level: "problem",
    says: /no Bluetooth controller hci0.*There is hci1.*controller: hci1/,
  },
  bluetooth_blocked: {
    provoke: (machine) =>
      ofBluetooth(machine, {
        ...controller,
        "sys/class/rfkill/rfkill0/type": "wlan\n",
        "sys/class/rfkill/rfkill0/soft": "0\n",
        "sys/class/rfkill/rfkill1/type": "bluetooth\n",
        "sys/class/rfkill/rfkill1/soft": "1\n",
      }),
    level: "problem",
    says: /switched off.*sudo rfkill unblock bluetooth/,
  },
  bluetooth_library: {
    provoke: (machine) =>
      ofBluetooth(machine, controller, () => {
        process.dlopen({ exports: {} }, join(machine.root, "bluetooth_hci_socket.node"));
      }),
    level: "problem",
    says: /cannot be loaded.*bluetooth_hci_socket\.node.*build-essential/,
  },
  bluetooth_rights: {
    provoke: (machine) =>
      ofBluetooth(machine, { ...controller, "proc/self/status": "CapEff:\t0000000000000000\n" }),
    level: "problem",
    says: /root may not use Bluetooth.*NET_ADMIN and NET_RAW.*koine service install/,
  },
  server_unreachable: {
    provoke: async (machine) =>
      ofAdapter(
        machine,
        `{ use: zigbee, stick: zstack, port: "tcp://127.0.0.1:${await closedPort()}" }`,
      ),
    level: "problem",
    says: /Zigbee stick at 127\.0\.0\.1:\d+ does not answer.*connection refused.*ping -c 3/,
  },
} satisfies Record<FindingCode, Provocation>;

/** Many containers let everybody have every port. */
const firstForAll = Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8"));

test.for(findingCodes)("%s is found, and what to do is said", async (code, { skip }) => {
  if (code === "port_forbidden") skip(firstForAll <= 883, "no port is for root alone");
  await using machine = await Machine.make();
  const { provoke, level, says }: Provocation = provocations[code];
  const found = troubles(await provoke(machine), code);
  expect(found).toHaveLength(1);
  const [{ level: itsLevel, what, why, next } = {}] = found;
  expect(itsLevel).toBe(level);
  expect([what, why, next].join(" ")).toMatch(says);
});
