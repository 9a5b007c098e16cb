import { warning, type Finding } from "../../model/finding.ts";
import { nameOfUsb } from "../../service/usb-ids.ts";
import type { PluggedIn } from "../surroundings.ts";

/** What is plugged in and used by no adapter of the configuration. */
export function checkUnused(
  pluggedIn: readonly PluggedIn[],
  used: ReadonlySet<string>,
): readonly Finding[] {
  return pluggedIn
    .filter(({ path, device }) => !used.has(path) && !used.has(device))
    .map((port) =>
      warning("serial_unused", `${nameOfUsb(port)} at "${port.path}" is used by no adapter`, {
        why: "It is plugged in, and the configuration does not name it",
        next: "koine init --yes --config new.yaml writes a configuration with it; or pull it out",
      }),
    );
}
