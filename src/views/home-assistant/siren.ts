import type { Subject } from "./entity.ts";
import type { Group, Part } from "./part.ts";
import { fixed, flag } from "./templates.ts";

/** A siren that is on or off: without a template Home Assistant would send a document of its own. */
export function sirenOf(part: Part, { state, set }: Subject): Group | undefined {
  const item = part.both("siren");
  if (!item) return undefined;
  const options = {
    state_topic: state,
    state_value_template: flag(item.key),
    command_topic: set,
    command_template: "{{ value }}",
    payload_on: fixed({ [item.key]: true }),
    payload_off: fixed({ [item.key]: false }),
    state_on: "ON",
    state_off: "OFF",
    support_duration: false,
    support_volume_set: false,
  };
  const entity = { platform: "siren", item, label: "Siren", isMain: true, options } as const;
  return { entity, uses: [item] };
}
