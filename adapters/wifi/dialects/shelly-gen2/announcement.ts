import type { Frame } from "../../../mqtt/frame.ts";
import { numberOf, parseDeviceObject, stringOf, type JsonObject } from "../../../reading/json.ts";

/** How a device of generation 2 or later announces itself, where generation 1 does and below its id. */
export interface LaterAnnouncement {
  readonly id: string;
  /** As `Shelly.GetDeviceInfo` answers it. */
  readonly info: JsonObject;
}

/** An announcement that says it is of generation 2 or later; undefined for everything else. */
export function laterAnnouncement({ topic, payload }: Frame): LaterAnnouncement | undefined {
  if (!topic.endsWith("/announce")) return undefined;
  const info = parseDeviceObject(payload);
  const id = stringOf(info?.["id"]);
  if (!info || id === undefined || /[+#/\0]/.test(id)) return undefined;
  return (numberOf(info["gen"]) ?? 1) >= 2 ? { id, info } : undefined;
}

/** Whether an id begins with a model word of generation 2 or later: `shellyplus1-…`, `shelly1g3-…` */
export function isLaterId(id: string): boolean {
  const [word = ""] = id.toLowerCase().split("-");
  return /^shelly(?:plus|pro|blu|wall|xmod)|mini|g[3-9]$/.test(word);
}
