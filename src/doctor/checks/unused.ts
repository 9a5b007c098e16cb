import { warning, type Finding } from "../../model/finding.ts";
import { nameOfUsb } from "../../service/usb-ids.ts";
import type { PluggedIn } from "../surroundings.ts";

/** What is plugged in and used by no adapter of the configuration: one port of a modem stands for all. */
export function checkUnused(
  pluggedIn: readonly PluggedIn[],
  used: ReadonlySet<string>,
): readonly Finding[] {
  const isUsed = ({ path, device }: PluggedIn): boolean => used.has(path) || used.has(device);
  const known = new Set(pluggedIn.filter(isUsed).map(deviceOf));
  return pluggedIn
    .filter((port) => {
      const isNew = !known.has(deviceOf(port));
      known.add(deviceOf(port));
      return isNew;
    })
    .map((port) =>
      warning("serial_unused", `${nameOfUsb(port)} at "${port.path}" is used by no adapter`, {
        why: "It is plugged in, and the configuration does not name it",
        next: "koine init --yes --config new.yaml writes a configuration with it; or pull it out",
      }),
    );
}

/** The name of what is plugged in, without that of its port: `usb-…-if02-port0`. */
function deviceOf({ path }: PluggedIn): string {
  return path.replace(/-if[0-9a-f]{2}(?:-port\d+)?$/, "");
}
