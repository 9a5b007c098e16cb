import { execFile, execFileSync } from "node:child_process";
import { mkdir, realpath, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** The program of a version of Node.js, such as `22`: the one that runs this, or fetched by npx. */
export async function nodeOf(major: number): Promise<string> {
  const [own] = process.versions.node.split(".");
  return own === String(major) ? process.execPath : fetched("node", major);
}

/** The program of a version of npm, for Node.js to run; fetched by npx. */
export async function npmOf(major: number): Promise<string> {
  return fetched("npm", major);
}

async function fetched(name: string, major: number): Promise<string> {
  // The repository is strict about engines, also for what npx starts: npm 12 does not run on Node.js 20.
  const env = { ...process.env, npm_config_engine_strict: "false" };
  const options = { cwd: tmpdir(), env };
  const { stdout } = await execute("npx", ["-y", "-p", `${name}@${major}`, "which", name], options);
  return realpath(stdout.trim());
}

/** What npm and the scripts of packages call, but for whatever can compile. */
const commands = "sh bash env ls cat mkdir rm cp mv uname dirname basename sed grep tr cut true id";

/** Makes a directory of commands in which there is no compiler, no make and no Python. */
export async function pathWithoutCompiler(directory: string, node: string): Promise<string> {
  await mkdir(directory);
  const others = commands.split(" ").map((name) => whereIs(name));
  const files = [node, ...others].filter((file) => file.startsWith("/"));
  await Promise.all(files.map((file) => symlink(file, join(directory, basename(file)))));
  return directory;
}

/** Whether this machine can compile what packages have in C++. */
export function hasCompiler(path = process.env["PATH"] ?? ""): boolean {
  return ["g++", "make", "python3"].every((name) => whereIs(name, path) !== "");
}

function whereIs(name: string, path = process.env["PATH"] ?? ""): string {
  const env = { PATH: path };
  const script = `command -v ${name} || true`;
  return execFileSync("/bin/sh", ["-c", script], { env, encoding: "utf8" }).trim();
}
