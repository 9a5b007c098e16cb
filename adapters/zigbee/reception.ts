import { isScalar, reasonOf, type AdapterHost, type EventData, type Scalar } from "koine/adapter";
import type { Events } from "zigbee-herdsman";
import { actionOf } from "../exposes/actions.ts";
import { stateObservations } from "../exposes/values.ts";
import type { Observation } from "../reading/observation.ts";
import type { Diagnostic } from "./diagnostics.ts";
import type { Converters, Library } from "./library.ts";
import { limits } from "./limits.ts";
import type { Member, NativeState } from "./member.ts";
import type { Members } from "./members.ts";

type Message = Events.MessagePayload;
/** A converter, whatever cluster it is for. */
type Converter = Converters.Definition["fromZigbee"][number];
type ConverterMessage = Parameters<Converter["convert"]>[1];

/** What came of something a device said. */
export interface Heard {
  readonly member: Member;
  readonly observations: readonly Observation[];
  readonly events: readonly EventData[];
}

export interface ReceptionOptions {
  readonly host: AdapterHost;
  readonly library: Library;
  readonly members: Members;
  /** Told everything that devices say, in our words. */
  readonly heard: (heard: Heard) => void;
}

/** Turns what devices say into readings, with the converters of their models. */
export class Reception {
  readonly #options: ReceptionOptions;
  readonly #converting = new WeakMap<Member, number>();

  constructor(options: ReceptionOptions) {
    this.#options = options;
  }

  /** Takes one message of a device. A converter's mistake with it costs the message, nothing else. */
  async take(message: Message, member: Member): Promise<void> {
    const { host } = this.#options;
    const underWay = this.#converting.get(member) ?? 0;
    if (underWay >= limits.converting) return host.count("messages_dropped");
    this.#converting.set(member, underWay + 1);
    try {
      await this.#convert(message, member);
    } catch (error) {
      host.count("messages_failed");
      const reason = reasonOf(error);
      const code: Diagnostic = "bad_payload";
      host.emit({ type: "diagnostic", ref: member.ref, code, message: reason });
    } finally {
      this.#converting.set(member, (this.#converting.get(member) ?? 1) - 1);
    }
  }

  async #convert(message: Message, member: Member): Promise<void> {
    const { definition, device, options } = member;
    const converters = definition.fromZigbee.filter((one) => fits(one, message));
    const meta = {
      state: member.state,
      device,
      deviceExposesChanged: () => this.#options.members.exposesChanged(member),
    };
    const publish = (native: NativeState): void => this.#toldLater(native, member);
    const native: NativeState = {};
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each is for its own cluster
    const said = message as unknown as ConverterMessage;
    for (const converter of converters) {
      const part: unknown = await converter.convert(
        definition,
        said,
        publish,
        options.options,
        meta,
      );
      if (typeof part === "object" && part !== null) Object.assign(native, part);
    }
    if (Object.keys(native).length > 0) this.told(native, member);
  }

  /** What a converter's timer tells has nobody to catch what goes wrong with it. */
  #toldLater(native: NativeState, member: Member): void {
    try {
      this.told(native, member);
    } catch (err) {
      this.#options.host.count("messages_failed");
      this.#options.host.log.warn(
        { err, device: member.ieee },
        "what a converter told cannot be used",
      );
    }
  }

  /** Values by the converters' keys, at once or when a converter's timer runs out. */
  told(native: NativeState, member: Member): void {
    const { host, library, heard } = this.#options;
    const { definition, options, device } = member;
    library.converters.postProcessConvertedFromZigbeeMessage(
      definition,
      native,
      options.options,
      device,
    );
    const { state, action } = parted(native);
    const dropped = member.remember(state);
    if (dropped > 0) host.count("values_dropped", dropped);
    const quality = device.linkquality;
    const document = quality === undefined ? state : { ...state, linkquality: quality };
    heard({
      member,
      observations: stateObservations(document, member.features),
      events: actionOf(action),
    });
  }
}

type Document = Record<string, Scalar>;

/** What is, and what was done; each as plain data. */
function parted(native: NativeState): { state: Document; action: Document } {
  const state: Document = {};
  const action: Document = {};
  for (const [key, value] of Object.entries(native)) {
    if (!isScalar(value)) continue;
    (/^action(?:_|$)/.test(key) ? action : state)[key] = value;
  }
  return { state, action };
}

function fits({ cluster, type }: Converter, message: Message): boolean {
  if (cluster !== message.cluster) return false;
  const types: unknown = type;
  return types === message.type || (Array.isArray(types) && types.includes(message.type));
}
