import { spawn } from "node:child_process";
import { chmod, open } from "node:fs/promises";
import { join } from "node:path";
import { Line } from "../../../../adapters/simulation/line.ts";
import { Modem } from "../../../../adapters/sms/simulator/modem.ts";
import { Network } from "../../../../adapters/sms/simulator/network.ts";
import { systemClock } from "../../../../src/clock.ts";
import { serialPorts } from "../../../../src/adapters.ts";
import { checkAdapter } from "../../../../src/doctor/checks/adapter.ts";
import { checkBluetooth } from "../../../../src/doctor/checks/bluetooth.ts";
import { checkUnused } from "../../../../src/doctor/checks/unused.ts";
import type { Finding } from "../../../../src/model/finding.ts";
import { asNobody, type Machine } from "../../../support/doctor.ts";
import { conbee, gps, sonoffE, UsbTree, type Plugged } from "../../../support/usb-tree.ts";
import { ofAdapter, type Provocations } from "./provocation.ts";

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

/** Sticks, modems and Bluetooth controllers. */
export const ofPluggedIn = {
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
} satisfies Provocations;
