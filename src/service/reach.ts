import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { typed } from "./programs.ts";

/** What the service runs: absolute paths of Node.js and of its main file. */
interface Program {
  readonly node: string;
  readonly main: string;
}

/** What the service does not see: `ProtectHome` and `PrivateTmp` of its unit. */
const hiddenFolders = ["/home", "/root", "/run/user", "/tmp", "/var/tmp"] as const;

/** The folder that hides a path from the service; undefined when it is in sight. */
export function hidingFolder(path: string): string | undefined {
  return hiddenFolders.find((folder) => path === folder || path.startsWith(`${folder}/`));
}

/** Rights of others: to read a file, and to pass through a folder. */
const othersRead = 0o004;
const othersPass = 0o001;

/** Why the service would not see the program, and the commands that change it; undefined when it does. */
export function hiddenProgram({ node, main }: Program): string | undefined {
  const hidesNode = hidingFolder(node);
  if (hidesNode !== undefined) {
    const there = "/usr/local/bin/node";
    const copy = `sudo install -m 0755 ${typed([node])} ${there}`;
    return `The service does not see ${hidesNode}, where Node.js is ("${node}"): ${copy} && ${again({ node: there, main })}`;
  }
  const hidesMain = hidingFolder(main);
  if (hidesMain === undefined) return undefined;
  const from = main.replace(/\/dist\/src\/main\.js$/, "");
  const copy = `sudo cp -rT ${typed([from])} /opt/koine`;
  return `The service does not see ${hidesMain}, where Koine is ("${from}"): ${copy} && ${again({ node, main: "/opt/koine/dist/src/main.js" })}`;
}

function again({ node, main }: Program): string {
  return typed(["sudo", node, main, "service", "install"]);
}

/** Why the service may not read the program, and the command that changes it; undefined when it may. */
export async function closedProgram({ node, main }: Program): Promise<string | undefined> {
  for (const file of [node, main]) {
    const closed = await closedOnTheWay(file);
    if (closed === undefined) continue;
    return `The service may not read "${file}": "${closed}" is closed to others: sudo chmod -R o+rX ${typed([closed])}`;
  }
  return undefined;
}

/** The first file or folder on the way to a file that is closed to other users; undefined when none is. */
async function closedOnTheWay(file: string): Promise<string | undefined> {
  const way = [file];
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    way.unshift(folder);
  }
  for (const path of way) {
    const { mode } = await stat(path);
    if ((mode & (path === file ? othersRead : othersPass)) === 0) return path;
  }
  return undefined;
}
