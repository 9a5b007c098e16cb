import type { AdapterHost } from "koine/adapter";
import type { Target } from "./commands.ts";
import type { Member, NativeState } from "./member.ts";

/** A device, as commands go to it. */
export function targetOf(
  member: Member,
  host: AdapterHost,
  publish: (native: NativeState) => void,
): Target {
  const { ref, features, definition, state, device, options } = member;
  return {
    ref,
    member,
    features,
    definitions: [definition],
    state,
    reports: device.endpoints.some((endpoint) => endpoint.configuredReportings.length > 0),
    entity: (name) =>
      name === undefined
        ? member.defaultEndpoint
        : (member.endpointNamed(name) ?? device.getEndpoint(Number(name))),
    speaker: { host, device, definitions: [definition], options: options.options, state, publish },
  };
}
