import { createCaller } from "../../adapters/wifi/caller.ts";
import { configSchema } from "../../adapters/wifi/config.ts";
import { dialects } from "../../adapters/wifi/dialects/index.ts";
import { Normaliser } from "../../adapters/wifi/normalise.ts";
import { Peers } from "../../adapters/wifi/peers.ts";
import type { AdapterEvent, PropertyFacts } from "../../src/model/adapter-event.ts";
import { propertyText } from "../../src/model/identity.ts";
import type { Scalar } from "../../src/model/scalar.ts";

/** What frames from devices made the wifi adapter say. */
export interface Hearing {
  readonly events: readonly AdapterEvent[];
  /** Values by `is` or `is/part`; of the last device heard. */
  readonly values: Readonly<Record<string, Scalar>>;
  readonly properties: Readonly<Record<string, PropertyFacts>>;
  readonly diagnostics: readonly string[];
}

/** Feeds live frames, topic and payload, to the dialects. */
export function hear(...frames: readonly (readonly [topic: string, payload: unknown])[]): Hearing {
  const peers = new Peers(dialects);
  const caller = createCaller(Math.random);
  const config = configSchema.parse({});
  const reader = new Normaliser({ dialects, peers, config, caller, count: () => {} });
  const events = frames.flatMap(([topic, body]) => {
    const payload = typeof body === "string" ? body : JSON.stringify(body);
    return reader.read({ topic, payload, retained: false }).flatMap(({ events: heard }) => heard);
  });
  return { events, ...summary(events) };
}

function summary(events: readonly AdapterEvent[]): Omit<Hearing, "events"> {
  const values: Record<string, Scalar> = {};
  const properties: Record<string, PropertyFacts> = {};
  const diagnostics: string[] = [];
  for (const event of events) {
    if (event.type === "diagnostic") diagnostics.push(event.code);
    if (event.type === "device") {
      for (const facts of event.facts.properties ?? []) properties[propertyText(facts)] = facts;
    }
    if (event.type === "readings") {
      for (const reading of event.values) values[propertyText(reading)] = reading.value;
    }
  }
  return { values, properties, diagnostics };
}
