import type { BluetoothNeed } from "../../core/adapter.ts";
import { reasonOf } from "../../errors.ts";
import { ok, problem, type Finding } from "../../model/finding.ts";
import { namesIn, textOf } from "../machine-files.ts";
import type { Surroundings } from "../surroundings.ts";

/** Bits of CAP_NET_ADMIN and CAP_NET_RAW (capabilities(7)). */
const needed = (1n << 12n) | (1n << 13n);

/** The controller, what switches it off, the library for it, and the right to use it. */
export async function checkBluetooth(
  { controller, load }: BluetoothNeed,
  isUsed: boolean,
  surroundings: Surroundings,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const controllers = await namesIn(surroundings, "/sys/class/bluetooth");
  if (!controllers.includes(controller)) {
    const others = controllers.filter((name) => /^hci\d+$/.test(name));
    findings.push(
      problem("bluetooth_missing", `There is no Bluetooth controller ${controller}`, {
        why:
          others.length > 0
            ? `There is ${others.join(", ")}`
            : "This system shows no Bluetooth controller; a container needs the network of its host",
        next:
          others.length > 0
            ? `Set controller: ${others[0]} in koine.yaml`
            : "sudo systemctl status hciuart bluetooth; or plug in a Bluetooth stick; or take the adapter ble out of koine.yaml",
      }),
    );
  } else if (await isBlocked(surroundings)) {
    findings.push(
      problem("bluetooth_blocked", `The Bluetooth controller ${controller} is switched off`, {
        why: "rfkill blocks it, as a Pi does until its country for WiFi is set",
        next: "sudo rfkill unblock bluetooth",
      }),
    );
  }
  try {
    load();
  } catch (cause) {
    findings.push(
      problem("bluetooth_library", "The library for Bluetooth cannot be loaded", {
        why: reasonOf(cause).split("\n")[0] ?? "",
        next: "sudo apt install build-essential python3; then install Koine again: docs/install-pi.md",
      }),
    );
  }
  if (!isUsed && !(await hasRights(surroundings))) {
    findings.push(
      problem("bluetooth_rights", `${surroundings.user.name} may not use Bluetooth`, {
        why: "It takes the capabilities NET_ADMIN and NET_RAW",
        next: "sudo koine service install: the service has them",
      }),
    );
  }
  return findings.length > 0 ? findings : [ok(`Bluetooth controller ${controller}`)];
}

async function isBlocked(surroundings: Surroundings): Promise<boolean> {
  const folder = "/sys/class/rfkill";
  for (const name of await namesIn(surroundings, folder)) {
    const of = (file: string): Promise<string | undefined> =>
      textOf(surroundings, `${folder}/${name}/${file}`);
    if ((await of("type")) !== "bluetooth") continue;
    if ((await of("soft")) === "1" || (await of("hard")) === "1") return true;
  }
  return false;
}

async function hasRights(surroundings: Surroundings): Promise<boolean> {
  const status = (await textOf(surroundings, "/proc/self/status")) ?? "";
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  // Where the system does not say, it is not said here either.
  return effective === undefined || (BigInt(`0x${effective}`) & needed) === needed;
}
