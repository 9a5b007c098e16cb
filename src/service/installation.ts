import type { Machine } from "./machine.ts";
import { servicePaths, serviceUnit, serviceUser } from "./names.ts";
import type { ServiceFile } from "./service-files.ts";
import type { SystemCommand } from "../system-command.ts";
import { hasProgram, run } from "./programs.ts";
import { madeBy } from "./unit-file.ts";

/** A file, and what has to be done about it. */
export interface PlannedFile extends ServiceFile {
  /** `foreign`: somebody else's is in its place. */
  readonly change: "new" | "changed" | "none" | "foreign";
}

/** What has to be done for the service, in this order: the files, then the commands. */
export interface Plan {
  readonly files: readonly PlannedFile[];
  readonly commands: readonly SystemCommand[];
}

/** Compares the machine with what it should be; the plan of one that is as it should be has nothing to do. */
export async function planInstallation(
  machine: Machine,
  wanted: readonly ServiceFile[],
  data: string,
): Promise<Plan> {
  const files = await Promise.all(wanted.map((file) => planFile(machine, file)));
  const isNew = (path: string): boolean =>
    files.some((file) => file.path === path && file.change !== "none");
  const commands = [
    ...(await userCommands(machine)),
    ...(await settingsCommands(machine)),
    ...(await dataCommands(machine, data)),
    ...(isNew(servicePaths.rules) ? rulesCommands : []),
    ...(await unitCommands(machine, isNew(servicePaths.unit))),
  ];
  return { files, commands };
}

/** What removes it again; only files that are ours are in it. */
export async function planRemoval(machine: Machine): Promise<{
  readonly stop: readonly SystemCommand[];
  readonly files: readonly string[];
  readonly foreign: readonly string[];
  readonly after: readonly SystemCommand[];
}> {
  const { unit, rules, user } = servicePaths;
  const found = await Promise.all(
    [unit, rules, user].map(async (path) => ({ path, text: await machine.text(path) })),
  );
  const there = found.filter(({ text }) => text !== undefined);
  const files = there.filter(({ text }) => text?.startsWith(madeBy)).map(({ path }) => path);
  const hasUnit = files.includes(unit);
  return {
    stop: hasUnit ? [["systemctl", "disable", "--now", serviceUnit]] : [],
    files,
    foreign: there.map(({ path }) => path).filter((path) => !files.includes(path)),
    after: [
      ...(hasUnit ? [reloadUnits] : []),
      ...(files.includes(rules) ? rulesCommands.slice(0, 1) : []),
    ],
  };
}

async function planFile(machine: Machine, file: ServiceFile): Promise<PlannedFile> {
  const text = await machine.text(file.path);
  if (text === undefined) return { ...file, change: "new" };
  if (!text.startsWith(madeBy)) return { ...file, change: "foreign" };
  const mode = (await machine.rights(file.path))?.mode;
  return { ...file, change: text === file.text && mode === 0o644 ? "none" : "changed" };
}

const reloadUnits: SystemCommand = ["systemctl", "daemon-reload"];

/** The second makes them hold for what is plugged in already. */
const rulesCommands: readonly SystemCommand[] = [
  ["udevadm", "control", "--reload"],
  ["udevadm", "trigger", "--action=change", "--subsystem-match=usb", "--subsystem-match=tty"],
];

async function userCommands(machine: Machine): Promise<readonly SystemCommand[]> {
  if ((await machine.names("passwd")).has(serviceUser)) return [];
  if (!machine.isThis || (await hasProgram("systemd-sysusers"))) {
    return [["systemd-sysusers", servicePaths.user]];
  }
  const home = ["--home-dir", servicePaths.data, "--no-create-home"];
  const shell = ["--shell", "/usr/sbin/nologin"];
  return [["useradd", "--system", "--user-group", ...home, ...shell, serviceUser]];
}

/** Everybody may look at the settings; the secrets are for the service alone. */
async function settingsCommands(machine: Machine): Promise<readonly SystemCommand[]> {
  const { settings, config, secrets } = servicePaths;
  const commands: SystemCommand[] = [];
  if (((await machine.rights(settings))?.mode ?? 0) !== 0o755) {
    commands.push(["chmod", "0755", settings]);
  }
  const configMode = (await machine.rights(config))?.mode ?? 0o644;
  // A configuration that is closed to others has its reasons: it stays so, but for the service.
  if ((configMode & 0o004) === 0) commands.push(...(await forServiceAlone(machine, config)));
  commands.push(...(await forServiceAlone(machine, secrets)));
  return commands;
}

async function forServiceAlone(machine: Machine, path: string): Promise<readonly SystemCommand[]> {
  const rights = await machine.rights(path);
  if (rights === undefined) return [];
  const gid = (await machine.names("group")).get(serviceUser);
  if (rights.uid === 0 && rights.gid === gid && rights.mode === 0o640) return [];
  return [
    ["chown", `root:${serviceUser}`, path],
    ["chmod", "0640", path],
  ];
}

/** systemd makes those below /var/lib. */
async function dataCommands(machine: Machine, data: string): Promise<readonly SystemCommand[]> {
  if (data.startsWith("/var/lib/")) return [];
  const rights = await machine.rights(data);
  const uid = (await machine.names("passwd")).get(serviceUser);
  if (rights !== undefined && rights.uid === uid && rights.mode === 0o700) return [];
  return [["install", "-d", "-m", "0700", "-o", serviceUser, "-g", serviceUser, data]];
}

async function unitCommands(machine: Machine, isNew: boolean): Promise<readonly SystemCommand[]> {
  const says = async (...words: readonly string[]): Promise<boolean> =>
    machine.isThis && (await run(["systemctl", ...words, serviceUnit])).code === 0;
  const commands: SystemCommand[] = [];
  if (isNew) commands.push(reloadUnits);
  if (isNew || !(await says("is-enabled", "--quiet"))) {
    commands.push(["systemctl", "enable", serviceUnit]);
  }
  if (isNew) commands.push(["systemctl", "restart", serviceUnit]);
  else if (!(await says("is-active", "--quiet")))
    commands.push(["systemctl", "start", serviceUnit]);
  return commands;
}
