import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { prepareDefinition, type DefinitionWithExtend } from "zigbee-herdsman-converters";
import { expect, test } from "vitest";
import { actionFacts } from "../../adapters/exposes/actions.ts";
import { featuresOf, type Feature } from "../../adapters/exposes/features.ts";
import { isObject, listOf, stringOf, type JsonObject } from "../../adapters/reading/json.ts";
import { exposesOf } from "../../adapters/zigbee/member.ts";
import { systemClock } from "../../src/clock.ts";
import { checkedEvent } from "../../src/core/adapter-words.ts";
import { PatientWriter } from "../../src/core/patient-writer.ts";
import { Registry } from "../../src/core/registry.ts";
import { Counters } from "../../src/counters.ts";
import type { PropertyFacts } from "../../src/model/adapter-event.ts";
import type { Scalar } from "../../src/model/scalar.ts";
import { specOf } from "../../src/model/vocabulary.ts";
import { MemoryStore } from "../../src/testing/memory-store.ts";
import { MemoryLog } from "../support/log.ts";

const require = createRequire(import.meta.url);
const specific = new Set(["switch", "light", "cover", "lock", "fan", "climate"]);

/** Every definition of the converters, of every maker. */
function* definitions(): Generator<DefinitionWithExtend> {
  const folder = join(dirname(require.resolve("zigbee-herdsman-converters")), "devices");
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".js"))) {
    const module = require(join(folder, file)) as { definitions?: DefinitionWithExtend[] };
    yield* module.definitions ?? [];
  }
}

/** Everything a device exposes that has a key of its own. */
function leaves(exposes: readonly Scalar[]): JsonObject[] {
  return exposes.filter(isObject).flatMap((expose) => {
    const type = stringOf(expose["type"]) ?? "";
    return specific.has(type) ? leaves(listOf(expose["features"])) : [expose];
  });
}

function keyOf({ property }: JsonObject): string {
  return stringOf(property) ?? "";
}

const isAction = (expose: JsonObject): boolean => /^action(?:_|$)/.test(keyOf(expose));

function isReadOnly({ facts, expose }: Feature): boolean {
  return facts.access === "r" && (Number(expose["access"] ?? 1) & 2) === 0;
}

/** A gateway's registry, which refuses what is no good description. */
async function refusing(): Promise<(properties: readonly PropertyFacts[]) => Promise<string>> {
  const [counters, log, store] = [new Counters(), new MemoryLog(), new MemoryStore()];
  const writer = new PatientWriter({ store, clock: systemClock(), counters, log });
  const registry = await Registry.load({ store, writer, counters, log });
  let devices = 0;
  return async (properties) => {
    devices += 1;
    const ref = [["zigbee", devices.toString(16).padStart(16, "0")]] as const;
    const event = checkedEvent({ type: "device", ref, facts: { properties } });
    const before = counters.get("refused.facts");
    if (event.type === "device") {
      await registry.learn({ adapter: "zigbee", ref, facts: event.facts });
    }
    const isRefused = counters.get("refused.facts") > before;
    return isRefused ? JSON.stringify(log.lines.at(-1)?.fields) : "";
  };
}

test(
  "everything that every model exposes is a described property",
  { timeout: 600_000 },
  async () => {
    const learn = await refusing();
    const [missing, refused]: string[][] = [[], []];
    let [models, exposed, readOnly, canonical, strangers] = [0, 0, 0, 0, 0];
    for (const raw of definitions()) {
      const definition = prepareDefinition(raw);
      const exposes = exposesOf(definition, { isDummyDevice: true });
      const features = featuresOf(exposes);
      const keys = new Set(features.map(({ key }) => key));
      const name = `${definition.vendor} ${definition.model}`;
      const all = leaves(exposes);
      const actions = all.filter(isAction);
      const told = features.filter(isReadOnly);
      models += 1;
      exposed += all.length;
      // What can be done on a device is our event `action`, whatever its words.
      readOnly += told.length + actions.length;
      canonical += told.filter(({ facts }) => specOf(facts.is)).length + actions.length;
      strangers += actions.filter((one) =>
        actionFacts([one]).some(({ values = [] }) => values.includes("other")),
      ).length;
      for (const one of all)
        if (!isAction(one) && !keys.has(keyOf(one))) missing?.push(`${name}: ${keyOf(one)}`);
      const why = await learn([...features.map(({ facts }) => facts), ...actionFacts(exposes)]);
      if (why !== "") refused?.push(`${name}: ${why}`);
    }
    const share = Math.round((canonical / readOnly) * 1_000) / 10;
    process.stdout.write(
      `Zigbee: ${models} definitions, ${exposed} exposed values, ${readOnly} of them read-only, ${canonical} of these canonical (${share} %); ${strangers} actions have words of their own\n`,
    );
    expect(missing).toEqual([]);
    expect(refused).toEqual([]);
    expect(models).toBe(4_516);
    expect(share).toBeGreaterThanOrEqual(75);
  },
);
