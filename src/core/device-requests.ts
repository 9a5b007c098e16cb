import { z } from "zod";
import { CommandError } from "../errors.ts";
import type { Scalar } from "../model/scalar.ts";
import { timestamp } from "../model/state.ts";
import { nearest } from "../nearest.ts";
import { propertyOf, type DeviceRecord, type PropertyRecord } from "./device-record.ts";
import type { DeviceStates, LiveValue } from "./device-states.ts";
import type { Devices } from "./devices.ts";
import type { Diagnostics } from "./diagnostics.ts";
import type { Liveness } from "./liveness.ts";
import type { Registry } from "./registry.ts";
import { verb, type Verb } from "./requests.ts";

export interface DeviceRequestsOptions {
  readonly registry: Registry;
  readonly devices: Devices;
  readonly states: DeviceStates;
  readonly liveness: Liveness;
  readonly diagnostics: Diagnostics;
}

const device = z.string().min(1).describe("Id or name");

/** What may be asked about devices, beside commands to them. */
export function deviceRequests(options: DeviceRequestsOptions): Readonly<Record<string, Verb>> {
  const { registry, devices } = options;
  const idOf = (idOrName: string): string => known(registry, idOrName).id;
  const thingOf = (idOrName: string): string => notGateway(known(registry, idOrName)).id;
  return {
    rename: verb(z.strictObject({ device, name: z.string() }), async (params) => {
      const id = idOf(params.device);
      return { device: id, name: await devices.rename(id, params.name) };
    }),
    remove: verb(z.strictObject({ device }), async (params) => {
      const id = thingOf(params.device);
      await devices.remove(id);
      return { device: id };
    }),
    replace: verb(z.strictObject({ device, with: device }), async (params) => {
      const [dead, successor] = [thingOf(params.device), thingOf(params.with)];
      await devices.replace(dead, successor);
      return { device: dead, with: successor };
    }),
    explain: verb(z.strictObject({ device }), (params) =>
      explain(known(registry, params.device), options),
    ),
  };
}

function known(registry: Registry, idOrName: string): DeviceRecord {
  const found = registry.find(idOrName);
  if (found) return found;
  const names = registry.all().flatMap(({ id, name }) => [id, name]);
  const meant = nearest(idOrName, names);
  const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
  throw new CommandError("unknown_device", `There is no device "${idOrName}"${hint}`);
}

/** The gateway and its machine are no things that come and go. */
function notGateway(record: DeviceRecord): DeviceRecord {
  if (record.classes?.includes("gateway") !== true) return record;
  throw new CommandError("not_allowed", `"${record.name}" is the gateway itself, and stays`);
}

/** Where everything that is known of a device came from. */
function explain(
  record: DeviceRecord,
  { states, liveness, diagnostics }: DeviceRequestsOptions,
): Scalar {
  const { id, name, routes, properties } = record;
  const explained = Object.keys(properties).flatMap((key) => {
    const property = propertyOf(record, key);
    return property ? [[key, explainProperty(property, states.get(id, key))] as const] : [];
  });
  return {
    id,
    name,
    availability: liveness.get(id),
    routes: routes.map(({ adapter, ref }) => ({ adapter, identifiers: ref })),
    properties: Object.fromEntries(explained),
    diagnostics: diagnostics.of(id).map((one) => ({ ...one })),
  };
}

function explainProperty(property: PropertyRecord, live: LiveValue | undefined): Scalar {
  const { is, part, access, unit, adapter, source } = property;
  return {
    is,
    ...(part !== undefined && { part }),
    access,
    ...(unit && { unit }),
    adapter,
    ...(source !== undefined && { source }),
    ...(live && explainValue(live)),
  };
}

function explainValue({
  value,
  quality,
  atMs,
  raw,
  conversion,
  from,
}: LiveValue): Record<string, Scalar> {
  return {
    value,
    quality,
    _ts: timestamp(atMs),
    ...(raw !== undefined && { raw }),
    ...(conversion !== undefined && { conversion }),
    ...(from !== undefined && { from }),
  };
}
