import { existsSync, readFileSync } from "node:fs";
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

/** The broker: another one, or where the embedded one listens and to whom it is open. */
export async function checkBus(
  bus: Config["bus"],
  directory: string,
  isRunning: boolean,
  surroundings: Surroundings,
): Promise<readonly Finding[]> {
  const { url, ca } = bus;
  if (url !== undefined) {
    const credentials = { username: undefined, password: undefined, ...credentialsOf(url) };
    const vouching = ca === undefined || !existsSync(ca) ? undefined : readFileSync(ca, "utf8");
    return checkBroker({ what: "MQTT broker", url, ...credentials, ca: vouching }, surroundings);
  }
  const exposed = await checkOpenness(bus, directory, isRunning);
  return isRunning ? exposed : [...(await checkPorts(bus.listen, surroundings)), ...exposed];
}

async function checkOpenness(
  { listen, insecure }: Config["bus"],
  directory: string,
  isRunning: boolean,
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
  // One that runs has passed this; its store is its own.
  if (isRunning) return [ok(`The broker takes users of other machines: ${addresses(listen)}`)];
  try {
    checkExposure(exposure, await userCount(directory));
    return [ok(`The broker takes users of other machines: ${addresses(listen)}`)];
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

async function userCount(directory: string): Promise<number> {
  // Nothing is made where nothing was: a gateway has not run here yet.
  if (!existsSync(join(directory, "CURRENT"))) return 0;
  const { store } = await openStore(directory, "damaged");
  try {
    return (await Users.load(store)).size;
  } finally {
    await store.close();
  }
}
