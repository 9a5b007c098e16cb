import {
  isList,
  propertyText,
  type DeviceFacts,
  type PropertyFacts,
  type Ref,
  type Scalar,
} from "koine/adapter";
import { actionFacts } from "../exposes/actions.ts";
import { featuresOf, type Feature } from "../exposes/features.ts";
import type { DeviceOptions } from "./config.ts";
import type { Definition, Device, Endpoint } from "./library.ts";
import { limits } from "./limits.ts";
import { bareAddress } from "./link.ts";

/** What the library's converters keep of a device and call its state, by their own keys. */
export type NativeState = Record<string, unknown>;

/** How often sensors of a maker report that are never told how often, in s. */
const lumiReportS = 3_600;
/** How often a sleeper is heard at least, where nothing tells: a third of 25 hours, in s. */
const sleeperReportS = 30_000;

const plain: DeviceOptions = { debounce: 0, options: {} };

/** A device of the network, with what the converters know of its model. */
export class Member {
  readonly device: Device;
  /** Its address, 16 hexadecimal digits. */
  readonly ieee: string;
  readonly ref: Ref;
  readonly definition: Definition;
  readonly options: DeviceOptions;
  readonly features: readonly Feature[];
  /** The newest values, by the converters' keys: what they go by when they convert the next. */
  readonly state: NativeState = {};
  /** The newest values, in our words, by property. */
  readonly values = new Map<string, Scalar>();
  /** When each was reported, in monotonic ms. */
  readonly reportedAtMs = new Map<string, number>();
  /** The gateway has to be told anew what it is. */
  needsDescription = false;
  /** Did not answer when it was last sent something, since it was last heard. */
  isSuspect = false;
  readonly #exposes: readonly Scalar[];
  /** Properties the gateway was told of. */
  readonly #described = new Set<string>();

  constructor(device: Device, definition: Definition, options: DeviceOptions = plain) {
    this.device = device;
    this.ieee = bareAddress(device.ieeeAddr);
    this.ref = [["zigbee", this.ieee]];
    this.definition = definition;
    this.options = options;
    this.#exposes = exposesOf(definition, device, options);
    this.features = featuresOf(this.#exposes);
  }

  /** Sleeps between reports, so that what is sent to it waits. */
  get isSleepy(): boolean {
    const { type, powerSource } = this.device;
    if (type === "GreenPower") return true;
    return type === "EndDevice" && !/mains|dc source/i.test(String(powerSource));
  }

  /** Whether a property was described already; from now on it is. */
  isDescribed(facts: PropertyFacts): boolean {
    const name = propertyText(facts);
    if (this.#described.has(name)) return true;
    this.#described.add(name);
    return false;
  }

  /** Keeps a value that a converter told; what is beyond the limit is not kept. */
  remember(native: NativeState): number {
    let dropped = 0;
    for (const [key, value] of Object.entries(native)) {
      const isNew = !(key in this.state);
      if (isNew && Object.keys(this.state).length >= limits.stateKeys) dropped += 1;
      else this.state[key] = value;
    }
    return dropped;
  }

  /** Everything that is known of it but its name. */
  facts(via: Ref): DeviceFacts {
    const properties = this.#properties();
    this.#described.clear();
    for (const property of properties) this.#described.add(propertyText(property));
    const { softwareBuildID: firmware, hardwareVersion: hardware } = this.device;
    return {
      via,
      manufacturer: this.definition.vendor,
      model: this.definition.model,
      ...(firmware !== undefined && firmware !== "" && { firmware }),
      ...(hardware !== undefined && { hardware: String(hardware) }),
      ...(this.isSleepy && { sleepy: true, intervalS: this.#intervalS() }),
      properties,
    };
  }

  /** Names of its endpoints, as keys of the converters have them: `left`, `l1`. */
  endpointNames(): readonly string[] {
    return Object.keys(this.definition.endpoint?.(this.device) ?? {});
  }

  endpointNamed(name: string): Endpoint | undefined {
    const id = this.definition.endpoint?.(this.device)[name];
    return id === undefined ? undefined : this.device.getEndpoint(id);
  }

  /** The endpoint that is meant where none is named. */
  get defaultEndpoint(): Endpoint | undefined {
    return this.endpointNamed("default") ?? this.device.endpoints[0];
  }

  #properties(): readonly PropertyFacts[] {
    const update = { is: "update_available", source: "ota" };
    const progress = {
      is: "x_zigbee_update_progress",
      type: "number",
      unit: "%",
      kind: "diagnostic",
      source: "ota",
    } as const;
    const hasUpdates = this.definition.ota !== undefined && this.definition.ota !== false;
    return [
      ...this.features.map(({ facts }) => facts),
      ...actionFacts(this.#exposes),
      { is: "link_quality", source: "linkquality" },
      ...(hasUpdates ? [update, progress] : []),
    ];
  }

  /** How often it is heard at least, as far as it was told or is known to. */
  #intervalS(): number {
    const { checkinInterval, endpoints, manufacturerName } = this.device;
    if (checkinInterval !== undefined && checkinInterval > 0) return checkinInterval;
    const ordered = endpoints.flatMap(({ configuredReportings }) =>
      configuredReportings.map(({ maximumReportInterval }) => maximumReportInterval),
    );
    const promised = ordered.filter((seconds) => seconds > 0 && seconds < 0xffff);
    if (promised.length > 0) return Math.min(...promised);
    return manufacturerName === "LUMI" ? lumiReportS : sleeperReportS;
  }
}

/** What a definition says a device exposes, as plain data. */
export function exposesOf(
  { exposes }: Pick<Definition, "exposes">,
  device: Device | { readonly isDummyDevice: true },
  { options }: Pick<DeviceOptions, "options"> = plain,
): readonly Scalar[] {
  const list: unknown = typeof exposes === "function" ? exposes(device, options) : exposes;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what JSON gives back
  const data = JSON.parse(JSON.stringify(list)) as Scalar;
  return isList(data) ? data : [];
}
