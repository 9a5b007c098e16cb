import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkExposure, exposureOf } from "../../bus/access/exposure.ts";
import { Users } from "../../bus/access/users.ts";
import { addressText } from "../../bus/embedded/listener.ts";
import { credentialsOf } from "../../bus/external/credentials.ts";
import type { Config } from "../../config/schema.ts";
import { reasonOf } from "../../errors.ts";
import { ok, problem, warning, type Finding } from "../../model/finding.ts";
import { openStore } from "../../store/level-store.ts";
import type { Surroundings } from "../surroundings.ts";
import { checkBroker } from "./network.ts";
import { checkPorts } from "./ports.ts";

/**
 * The broker: another one, or where the embedded one listens and to whom it is open.
 * @param mayRun whether a gateway runs or may, so that ports and store are its own
 */
export async function checkBus(
  bus: Config["bus"],
  directory: string,
  mayRun: boolean,
  surroundings: Surroundings,
): Promise<readonly Finding[]> {
  const { url, ca } = bus;
  if (url !== undefined) {
    const credentials = { username: undefined, password: undefined, ...credentialsOf(url) };
    try {
      const vouching = ca === undefined ? undefined : await readFile(ca, "utf8");
      return await checkBroker(
        { what: "MQTT broker", url, ...credentials, ca: vouching },
        surroundings,
      );
    } catch (cause) {
      return [
        problem("certificate_unusable", `The certificates of bus.ca, "${ca}", cannot be read`, {
          why: reasonOf(cause),
          next: `ls -l "${ca}"; then correct bus.ca in koine.yaml, or let this user read it`,
        }),
      ];
    }
  }
  const exposed = await checkOpenness(bus, directory, mayRun);
  return mayRun ? exposed : [...(await checkPorts(bus.listen, surroundings)), ...exposed];
}

async function checkOpenness(
  { listen, insecure }: Config["bus"],
  directory: string,
  mayRun: boolean,
): Promise<readonly Finding[]> {
  const exposure = exposureOf(listen);
  if (!exposure.isOpen) return [ok("The broker takes clients of this machine only")];
  if (insecure) {
    return [
      warning("broker_open", "Everybody on the network may hear and command everything", {
        why: "bus.insecure is set, for other machines without encryption or password",
        next: "koine user add anna --role admin; then listen on tls:// and take insecure: out of koine.yaml",
      }),
    ];
  }
  const safe = ok(`The broker takes users of other machines: ${addresses(listen)}`);
  // One that runs has passed this; its store is its own.
  if (mayRun) return [safe];
  const users = await userCount(directory);
  // A store that cannot be read is told of with the data directory.
  if (users === undefined) return [];
  try {
    checkExposure(exposure, users);
    return [safe];
  } catch (error) {
    return [
      problem("broker_open", "The broker would be open to everybody on the network", {
        why: reasonOf(error),
        next: "koine user add anna --role admin",
      }),
    ];
  }
}

function addresses(listen: Config["bus"]["listen"]): string {
  return listen.map(addressText).join(" ");
}

/** What a store consists of: files of LevelDB. */
const storeFile = /^(?:CURRENT|MANIFEST-\d+|\d+\.(?:ldb|log))$/;

/**
 * How many users there are, by a copy of the store: one that is opened is written to, by whoever opens
 * it, and the service could not read it afterwards. Undefined where it cannot be read.
 */
async function userCount(directory: string): Promise<number | undefined> {
  let copy: string | undefined;
  try {
    copy = await mkdtemp(join(tmpdir(), "koine-doctor-"));
    const store = join(copy, "store");
    await mkdir(store);
    // Before a gateway has run nothing is there.
    for (const name of existsSync(directory) ? await readdir(directory) : []) {
      if (storeFile.test(name)) await copyFile(join(directory, name), join(store, name));
    }
    return await usersIn(store);
  } catch {
    // That is told of with the data directory, or with the disk.
    return undefined;
  } finally {
    if (copy !== undefined) await rm(copy, { recursive: true, force: true });
  }
}

async function usersIn(directory: string): Promise<number> {
  const { store } = await openStore(directory, "damaged");
  try {
    return (await Users.load(store)).size;
  } finally {
    await store.close();
  }
}
