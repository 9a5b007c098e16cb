import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { isKoineError } from "../../src/errors.ts";
import type { Description } from "../../src/model/description.ts";
import { isRetained, wishKinds } from "../../src/model/message.ts";
import { schemaFile } from "../../src/model/payloads.ts";
import { sameValue, type Scalar } from "../../src/model/scalar.ts";
import type { State } from "../../src/model/state.ts";
import { isUnder, parseTopic, type Address, type Kind } from "../../src/model/topic.ts";
import { canonicalReading } from "../../src/model/value.ts";
import { violations } from "./violations.ts";

const bareWords: ReadonlySet<Kind> = new Set(["availability", "bridge_availability"]);

const folder = new URL("../../docs/schema/", import.meta.url);
const ajv = new Ajv2020({ strict: false, allErrors: true });
const validators = new Map<Kind, ValidateFunction>();
/** The keys of a state document that are no values. */
let metadata: readonly string[] | undefined;

/** Holds payloads against `docs/schema`, and those of one device against its description. */
export class PayloadCheck {
  readonly #isOrdered: boolean;
  readonly #descriptions = new Map<string, Description>();

  /** @param isOrdered whether messages come as they were published, whatever their QoS */
  constructor(isOrdered = true) {
    this.#isOrdered = isOrdered;
  }

  /** Takes one message as a client sees it; what is wrong with it goes to `violations`. */
  take(topic: string, payload: string, retained = false): void {
    if (!isUnder("koine", topic)) return;
    for (const problem of this.#problems(topic, payload, retained)) {
      violations.push(`${topic} ${payload.slice(0, 500)}: ${problem}`);
    }
  }

  #problems(topic: string, payload: string, retained: boolean): string[] {
    const address = addressOf(topic);
    if (!address) return ["is no topic of the schema"];
    const { kind } = address;
    // Anyone may wish, right or wrong; Koine answers for everything else.
    if (wishKinds.has(kind)) return [];
    if (retained && !isRetained(kind)) return ["must not be retained"];
    if (payload === "") return isRetained(kind) ? [] : ["has no payload"];
    const body = bodyOf(kind, payload);
    if (body === undefined) return ["is no JSON"];
    const validate = validatorOf(kind);
    if (!validate(body)) return [ajv.errorsText(validate.errors)];
    return this.#isOrdered ? this.#contradictions(address, body) : [];
  }

  /** What a device says that its description does not allow. */
  #contradictions(address: Address, body: unknown): string[] {
    if (address.kind === "description") {
      this.#descriptions.set(address.device, body as Description);
      return address.device === (body as Description).id ? [] : ["is of another device"];
    }
    if (address.kind === "value") {
      return this.#undescribed(address.device, { [address.property]: body as Scalar });
    }
    if (address.kind !== "state") return [];
    metadata ??= Object.keys((published("state") as { properties: object }).properties);
    const values = Object.entries(body as State).filter(([key]) => !metadata?.includes(key));
    return this.#undescribed(address.device, Object.fromEntries(values) as Record<string, Scalar>);
  }

  #undescribed(device: string, values: Readonly<Record<string, Scalar>>): string[] {
    const properties = this.#descriptions.get(device)?.properties;
    // Retained messages come in any order.
    if (!properties) return [];
    return Object.entries(values).flatMap(([key, value]) => {
      const property = properties[key];
      if (!property) return [`"${key}" is not described`];
      if (value === null || sameValue(canonicalReading(property, value), value)) return [];
      return [`"${key}" is not as its description says`];
    });
  }
}

/** Made when it is needed first. */
function validatorOf(kind: Kind): ValidateFunction {
  const known = validators.get(kind);
  if (known) return known;
  const made = ajv.compile(toTheLetter(published(kind)));
  validators.set(kind, made);
  return made;
}

function addressOf(topic: string): Address | undefined {
  try {
    return parseTopic("koine", topic);
  } catch (error) {
    if (isKoineError(error, "protocol")) return undefined;
    throw error;
  }
}

function bodyOf(kind: Kind, payload: string): unknown {
  if (bareWords.has(kind)) return payload;
  try {
    return JSON.parse(payload) as unknown;
  } catch {
    return undefined;
  }
}

function published(kind: Kind): object {
  return JSON.parse(readFileSync(new URL(schemaFile(kind), folder), "utf8")) as object;
}

/**
 * A schema that allows no key it does not name: consumers must ignore such keys, but of Koine itself
 * one is a mistake.
 */
function toTheLetter(schema: object): object {
  return JSON.parse(
    JSON.stringify(schema, (_, value: unknown) => {
      if (typeof value !== "object" || value === null || !("properties" in value)) return value;
      const isOpen = "additionalProperties" in value && sameValue(value.additionalProperties, {});
      return isOpen ? { ...value, additionalProperties: false } : value;
    }),
  ) as object;
}
