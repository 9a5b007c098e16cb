import { z } from "zod";
import {
  adapterStatusSchema,
  bridgeEventSchema,
  bridgeSeenSchema,
  deviceSummarySchema,
} from "./bridge.ts";
import { commandDocumentSchema, getDocumentSchema } from "./command-document.ts";
import { descriptionSchema } from "./description.ts";
import { alertSchema, eventSchema } from "./event.ts";
import { isRetained, wishKinds, type Message } from "./message.ts";
import { requestSchema, responseSchema } from "./request.ts";
import { resultSchema } from "./result.ts";
import { availabilities, scalarSchema, stateSchema } from "./state.ts";
import { majorVersion, type Kind } from "./topic.ts";

const availability = z.enum(availabilities);

/** What the payload of every kind of topic is. */
const schemas: Readonly<Record<Kind, z.ZodType>> = {
  description: descriptionSchema.describe("What a device is and has"),
  state: stateSchema.describe("Every present value of a device by key, and metadata behind `_`"),
  value: scalarSchema.describe("One value; `null` is unknown"),
  availability: availability.describe("Whether a device is there: a bare word, not JSON"),
  event: eventSchema.describe("Something that happened at a moment"),
  alert: alertSchema.describe("A condition that holds until it clears"),
  set: commandDocumentSchema.describe("Wished values by key; a bare value at `set/<key>`"),
  get: getDocumentSchema.describe("What to read from the device now; empty for everything"),
  result: resultSchema.describe("One answer to a command"),
  bridge_devices: z.array(deviceSummarySchema).describe("Every device"),
  bridge_availability: availability.describe("Whether Koine is there: a bare word, not JSON"),
  bridge_adapter: adapterStatusSchema.describe("How one adapter stands"),
  bridge_event: bridgeEventSchema.describe("Something that happened to Koine itself"),
  bridge_request: requestSchema.describe("Something asked of Koine; empty without parameters"),
  bridge_response: responseSchema.describe("The answer to one request"),
  bridge_seen: bridgeSeenSchema.describe("What is in reach and not adopted"),
};

/** What of a message is not as its published schema says; undefined when it is. */
export function misfit(message: Message): string | undefined {
  if (message.body === undefined && isRetained(message.kind)) return undefined;
  const { error } = schemas[message.kind].safeParse(message.body);
  return error && `${message.kind}: ${z.prettifyError(error)}`;
}

/** Name of the file that publishes the schema of one kind. */
export function schemaFile(kind: Kind): string {
  return `${kind.replaceAll("_", "-")}.json`;
}

/** JSON Schema 2020-12 of every payload, by kind. Consumers ignore keys they do not know. */
export function jsonSchemas(): ReadonlyMap<Kind, object> {
  return new Map(
    kinds.map((kind) => {
      const $id = `urn:koine:${majorVersion}:${kind.replaceAll("_", "-")}`;
      return [kind, { $id, ...z.toJSONSchema(schemas[kind]) }];
    }),
  );
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of that record
const kinds = Object.keys(schemas) as Kind[];

/** Every kind of message that Koine publishes. */
export const factKinds: readonly Kind[] = kinds.filter((kind) => !wishKinds.has(kind));
