import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { loadConfig } from "../../../../src/config/load.ts";
import { adapterKinds } from "../../../../src/adapters.ts";
import { checkClock } from "../../../../src/doctor/checks/clock.ts";
import { checkConfig } from "../../../../src/doctor/checks/config.ts";
import { checkData } from "../../../../src/doctor/checks/data.ts";
import { checkMachine } from "../../../../src/doctor/checks/machine.ts";
import { asNobody } from "../../../support/doctor.ts";
import { ManualClock } from "../../../support/manual-clock.ts";
import type { Provocations } from "./provocation.ts";

const mib = 1_048_576;

/** Node.js, memory, disk, clock and configuration. */
export const ofMachine = {
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
    says: /900 of 1024 MiB.*--max-old-space-size=160/,
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
} satisfies Provocations;
