import { CommandError, isScalar, reasonOf, type AdapterHost, type Scalar } from "koine/adapter";
import type { Tz } from "zigbee-herdsman-converters";
import type { Definition, Device } from "./library.ts";
import type { NativeState } from "./member.ts";
import type { Saying } from "./wishes.ts";

/** What a converter has to know of whom it speaks to. */
export interface Speaker {
  readonly host: AdapterHost;
  readonly device: Device | undefined;
  readonly definitions: readonly Definition[];
  readonly options: Readonly<Record<string, Scalar>>;
  readonly state: NativeState;
  readonly membersState?: Readonly<Record<string, NativeState>>;
  /** Takes what a converter tells besides, as if the device had. */
  readonly publish: (native: NativeState) => void;
}

/**
 * Says something to a device; resolves, when it was acknowledged, to what the converter believes the
 * state to be then.
 * @throws CommandError with what the device or the radio said
 */
export async function say(saying: Saying, speaker: Speaker): Promise<Record<string, Scalar>> {
  const { converter, entity, key, value } = saying;
  try {
    const result = await converter.convertSet?.(entity, key, value, metaOf(saying, speaker));
    const state = Object.entries(result?.state ?? {});
    return Object.fromEntries(state.filter((pair): pair is [string, Scalar] => isScalar(pair[1])));
  } catch (cause) {
    throw asCommandError(cause);
  }
}

/**
 * Asks a device for something; resolves when it was answered. What it said is heard as any message.
 * @throws CommandError with what the device or the radio said
 */
export async function ask(question: Omit<Saying, "value">, speaker: Speaker): Promise<void> {
  const { converter, entity, key } = question;
  try {
    await converter.convertGet?.(entity, key, metaOf(question, speaker));
  } catch (cause) {
    throw asCommandError(cause);
  }
}

function metaOf(
  { message, endpointName }: Omit<Saying, "value">,
  { device, definitions, options, state, membersState, publish }: Speaker,
): Tz.Meta {
  const [first] = definitions;
  return {
    message: { ...message },
    device,
    mapped: device && first ? first : [...definitions],
    options: { ...options },
    state,
    endpoint_name: endpointName,
    publish,
    deviceExposesChanged: () => {},
    ...(membersState && { membersState: { ...membersState } }),
  };
}

/** Words of the radio for a device that did not answer. */
const silence =
  /timeout|timed out|Data request failed|no network route|delivery failed|not (?:reach|deliver)/i;
/** Words of the library for a stick that did not. */
const stick =
  /\b(?:SRSP|SREQ|AREQ)\b|has not been initialized|socket|port (?:is )?(?:closed|not open)|not connected/i;

/** Whether it is the device that did not answer. */
export function isSilence(cause: unknown): boolean {
  const { said } = reasonIn(cause);
  return silence.test(said) && !stick.test(said);
}

/** What went wrong, as an answer to a command: the device refused, or was not to be reached. */
export function asCommandError(cause: unknown): CommandError {
  if (cause instanceof CommandError) return cause;
  const { said, status } = reasonIn(cause);
  if (status !== undefined) {
    return new CommandError("device_error", `The device refuses: ${status}`, { cause });
  }
  if (stick.test(said)) {
    return new CommandError("unreachable", `The stick does not answer: ${said}`, { cause });
  }
  if (silence.test(said)) {
    const radio = /'(?<word>(?:MAC|NWK|APS)_[A-Z_]+)'/.exec(said)?.groups?.["word"];
    const why = radio === undefined ? "" : ` (${radio})`;
    return new CommandError("unreachable", `The device does not answer${why}`, { cause });
  }
  return new CommandError("device_error", `Cannot tell the device: ${said}`, { cause });
}

/** The library puts the whole request into its message, with options such as `timeout`, and the reason last. */
function reasonIn(cause: unknown): { said: string; status: string | undefined } {
  const whole = cause instanceof CommandError ? reasonOf(cause.cause ?? cause) : reasonOf(cause);
  const said = /.* failed \((?<why>[^]*)\)\s*$/s.exec(whole)?.groups?.["why"] ?? whole;
  const status = /Status '(?<word>[A-Z_]+)'/.exec(said)?.groups?.["word"];
  return { said, status };
}
