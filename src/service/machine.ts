import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LinkError, reasonOf } from "../errors.ts";
import type { ServiceFile } from "./service-files.ts";

/** Whom a file belongs to, and its rights, as `0o640`. */
export interface FileRights {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** The files of the machine the service is for: this one, or one whose root is a folder here. */
export class Machine {
  readonly #root: string;

  constructor(root = "/") {
    this.#root = root;
  }

  /** Whether it is this machine, so that its programs can be run. */
  get isThis(): boolean {
    return this.#root === "/";
  }

  /** Where a path of it is found from here. */
  at(path: string): string {
    return this.isThis ? path : join(this.#root, path);
  }

  /** What was found at `at`, as the machine itself calls it. */
  inside(path: string): string {
    const prefix = join(this.#root, "/");
    return !this.isThis && path.startsWith(prefix) ? join("/", path.slice(prefix.length)) : path;
  }

  /** Undefined where there is no such file. @throws LinkError when it cannot be read */
  async text(path: string): Promise<string | undefined> {
    try {
      return await readFile(this.at(path), "utf8");
    } catch (cause) {
      if (isMissing(cause)) return undefined;
      throw new LinkError(`Cannot read "${this.at(path)}": ${reasonOf(cause)}`, { cause });
    }
  }

  async rights(path: string): Promise<FileRights | undefined> {
    try {
      const { uid, gid, mode } = await stat(this.at(path));
      return { uid, gid, mode: mode & 0o7777 };
    } catch {
      // Not there, or in a folder that is closed: nothing is known of it.
      return undefined;
    }
  }

  /** Numbers of users (`passwd`) or groups (`group`), by name. */
  async names(of: "passwd" | "group"): Promise<ReadonlyMap<string, number>> {
    const lines = ((await this.text(`/etc/${of}`)) ?? "").split("\n");
    return new Map(
      lines.flatMap((line) => {
        const [name, , id] = line.split(":");
        return name === undefined || id === undefined ? [] : [[name, Number(id)] as const];
      }),
    );
  }

  /** Writes a file for everybody to read; at no time is there half of one. */
  async write({ path, text }: ServiceFile): Promise<void> {
    const target = this.at(path);
    try {
      await mkdir(dirname(target), { recursive: true, mode: 0o755 });
      await writeFile(`${target}.new`, text);
      await chmod(`${target}.new`, 0o644);
      await rename(`${target}.new`, target);
    } catch (cause) {
      throw new LinkError(`Cannot write "${target}": ${reasonOf(cause)}`, { cause });
    }
  }

  async remove(path: string): Promise<void> {
    try {
      await rm(this.at(path));
    } catch (cause) {
      throw new LinkError(`Cannot remove "${this.at(path)}": ${reasonOf(cause)}`, { cause });
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
