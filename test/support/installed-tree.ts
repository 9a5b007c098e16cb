import { cp, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The built Koine in a directory of its own, as it is installed, with or without packages beside it. */
export class InstalledTree implements AsyncDisposable {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async make(): Promise<InstalledTree> {
    const directory = await mkdtemp(join(tmpdir(), "koine-installed-"));
    await cp(join(root, "dist"), join(directory, "dist"), { recursive: true });
    await cp(join(root, "package.json"), join(directory, "package.json"));
    return new InstalledTree(directory);
  }

  get main(): string {
    return join(this.directory, "dist/src/main.js");
  }

  /** Puts the packages there that are installed here, but for those of one scope. */
  async linkPackages(except: string): Promise<void> {
    const [from, to] = [join(root, "node_modules"), join(this.directory, "node_modules")];
    await mkdir(to);
    const names = (await readdir(from)).filter((name) => name !== except);
    await Promise.all(names.map((name) => symlink(join(from, name), join(to, name))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
