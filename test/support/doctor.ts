import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { getHeapStatistics } from "node:v8";
import { adapterKinds, serialPorts } from "../../src/adapters.ts";
import { systemClock } from "../../src/clock.ts";
import { loadConfig, type AdapterInstance, type LoadedConfig } from "../../src/config/load.ts";
import type { Surroundings } from "../../src/doctor/surroundings.ts";
import type { Finding, FindingCode, Trouble } from "../../src/model/finding.ts";
import { runCommand } from "../../src/system-command.ts";

/** A machine with nothing in it: a folder for its files, its programs, and a configuration. */
export class Machine implements AsyncDisposable {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async make(): Promise<Machine> {
    return new Machine(await mkdtemp(join(tmpdir(), "koine-doctor-test-")));
  }

  /** Writes a file below its root; resolves to its path. */
  async write(path: string, text: string, mode = 0o644): Promise<string> {
    const file = join(this.root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    await chmod(file, mode);
    return file;
  }

  /** A program of the system that says this, and ends with that exit code. */
  async program(name: string, says: string, code = 0): Promise<void> {
    const script = `#!/bin/sh\ncat <<'END'\n${says}\nEND\nexit ${code}\n`;
    await this.write(join("bin", name), script, 0o755);
  }

  /** Loads a configuration as it lies on the disk. */
  async load(text: string): Promise<LoadedConfig> {
    const file = await this.write("koine.yaml", text);
    return loadConfig({ file, env: {}, kinds: adapterKinds });
  }

  async adapter(entry: string): Promise<AdapterInstance> {
    const { adapters } = await this.load(`adapters: [${entry}]\n`);
    const [adapter] = adapters;
    if (!adapter) throw new Error(`No adapter: ${entry}`);
    return adapter;
  }

  /** Who looks at it, and how: as this process does it, but for what is given. */
  surroundings(given: Partial<Surroundings> = {}): Surroundings {
    return {
      root: this.root,
      clock: systemClock(),
      nodeVersion: process.versions.node,
      heapLimitBytes: getHeapStatistics().heap_size_limit,
      memoryBytes: totalmem(),
      user: { id: 0, name: "root" },
      pid: process.pid,
      statfs: async (directory) => {
        const { type, bavail, bsize } = await statfs(directory);
        return { type, freeBytes: bavail * bsize };
      },
      serialPorts: () => serialPorts(this.root),
      run: (program, ...args) => runCommand([join(this.root, "bin", program), ...args], 5_000),
      ...given,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}

/** What was found of one code. */
export function troubles(findings: readonly Finding[], code: FindingCode): readonly Trouble[] {
  return findings.filter((one): one is Trouble => one.level !== "ok" && one.code === code);
}

/** Every code that was found. */
export function codesOf(findings: readonly Finding[]): readonly string[] {
  return findings.flatMap((one) => (one.level === "ok" ? [] : [one.code]));
}

/** `nobody` of every Linux. */
const nobody = 65_534;

/**
 * What an expression gives in a process of somebody without rights, for root may do everything.
 * @param modules built modules by the name of what is taken from them: loaded before the rights go
 */
export async function asNobody(
  modules: Readonly<Record<string, string>>,
  expression: string,
): Promise<readonly Finding[]> {
  const imports = Object.entries(modules).map(([name, path]) => {
    const file = fileURLToPath(new URL(`../../dist/${path}`, import.meta.url));
    return `import { ${name} } from ${JSON.stringify(file)};`;
  });
  const script = `${imports.join("\n")}
    if (process.getuid() === 0) {
      process.setgroups([]);
      process.setgid(${nobody});
      process.setuid(${nobody});
    }
    const surroundings = {
      root: "/", clock: { now: Date.now, after: () => ({ cancel() {} }) }, pid: process.pid,
      user: { id: ${nobody}, name: "nobody" }, run: async () => ({ code: undefined, text: "" }),
      serialPorts: async () => [], statfs: async () => ({ type: 0xef53, freeBytes: 2 ** 40 }),
    };
    console.log(JSON.stringify(await (${expression})));`;
  const args = ["--input-type=module", "--eval", script];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as readonly Finding[];
}
