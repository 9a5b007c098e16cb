import type { KnownDevice } from "../../src/core/known-devices.ts";
import { languages } from "../../src/dialogue/language.ts";
import { Lexicon } from "../../src/dialogue/lexicon.ts";
import type { Meaning } from "../../src/dialogue/meaning.ts";
import { Targets, targetsOf, type TargetSettings } from "../../src/dialogue/targets.ts";
import { understand } from "../../src/dialogue/understand.ts";
import type { Property } from "../../src/model/description.ts";
import { specOf } from "../../src/model/vocabulary.ts";
import type { Scalar } from "../../src/model/scalar.ts";

/** A device as the bus describes it, of the properties that are named: `onoff` or `x_tank_level:%`. */
export function device(
  id: string,
  name: string,
  classes: readonly string[],
  properties: readonly string[],
  values: Readonly<Record<string, Scalar>> = {},
): KnownDevice {
  const described = properties.map((text): [string, Property] => {
    const [is = "", unit] = text.split(":");
    const spec = specOf(is);
    return [
      is,
      {
        is,
        type: spec?.type ?? "number",
        unit: unit ?? spec?.unit ?? null,
        access: spec?.access ?? "r",
        kind: spec?.kind ?? "measurement",
        ...(spec?.values && { values: [...spec.values] }),
        ...(is === "target_temperature" && { min: 5, max: 30 }),
      },
    ];
  });
  return {
    id,
    description: {
      koine: "1.0",
      revision: 1,
      id,
      name,
      classes: [...classes],
      properties: Object.fromEntries(described),
    },
    state: { ...values, _ts: "2026-11-25T12:00:00.000Z", _seq: 1 },
    availability: "online",
  };
}

const cover = ["cover_action", "position", "cover_state"];
const valve = ["valve_open", "position"];

/** Id, name, class, properties, area and alias of every thing in the farm of the utterances. */
const farm: readonly (readonly [
  name: string,
  kind: string,
  properties: readonly string[],
  settings?: Partial<TargetSettings>,
])[] = [
  ["Pump", "outlet", ["onoff", "power"], { area: "field" }],
  ["Gate", "cover", cover, { area: "yard" }],
  ["Tank", "sensor", ["x_tank_level:%"], { aliases: ["cistern"] }],
  ["Valve 1", "valve", valve, { area: "field" }],
  ["Valve 2", "valve", valve, { area: "field" }],
  ["Kitchen light", "light", ["onoff", "brightness"]],
  ["Barn light", "light", ["onoff"]],
  ["Heater", "thermostat", ["target_temperature"]],
  ["Front door", "lock", ["locked"]],
  ["Greenhouse", "sensor", ["temperature", "humidity"]],
  ["Fan", "fan", ["onoff"]],
  ["Siren", "siren", ["siren"]],
  ["Field 3", "sensor", ["soil_moisture"]],
];

export const lexicon = new Lexicon(languages);

export const farmTargets = Targets.of(
  farm.flatMap(([name, kind, properties, settings = {}], index) =>
    targetsOf(
      device(name, name, [kind], properties),
      index + 1,
      { aliases: [], ...settings },
      lexicon,
    ),
  ),
  lexicon,
);

/** What a text means in the farm, in the words of the tables of utterances. */
export function meaningOf(text: string, language: string): string {
  return inWords(understand(text, lexicon, farmTargets, language));
}

function inWords(meaning: Meaning): string {
  switch (meaning.type) {
    case "number":
      return meaning.targets.length === 0 ? "unknown" : `read ${meaning.targets.join("|")}`;
    case "code":
      return `code ${meaning.code}`;
    case "ok":
      return ["ok", meaning.alarm].filter((word) => word !== undefined).join(" ");
    case "no":
      return "unknown";
    case "mute": {
      const time = meaning.forMs === undefined ? "" : ` for ${meaning.forMs / 60_000}`;
      return `mute ${meaning.alarm ?? ""}${time}`.trim();
    }
    case "language":
      return `language ${meaning.language ?? ""}`.trim();
    case "add":
      return `add ${meaning.number} ${meaning.name}`;
    case "warn": {
      const property = meaning.property === undefined ? "" : ` ${meaning.property}`;
      return `warn ${meaning.target}${property} ${meaning.side} ${meaning.limit}`;
    }
    case "unwarn":
      return `unwarn ${meaning.target}`;
    case "read": {
      const property = meaning.property === undefined ? "" : ` ${meaning.property}`;
      return `read ${meaning.targets.join("|")}${property}`;
    }
    case "act": {
      const value = meaning.value === undefined ? "" : ` ${meaning.value}`;
      const time = meaning.forMs === undefined ? "" : ` for ${meaning.forMs / 60_000}`;
      const code = meaning.code === undefined ? "" : ` code ${meaning.code}`;
      return `act ${meaning.verb} ${meaning.target}${value}${time}${code}`;
    }
    case "guess":
      return inWords(meaning.act)
        .replace(/^act/, "ask")
        .replace(/ (?:for|code) \d+/g, "");
    case "which":
      return `which ${meaning.choices.map((one) => (one.type === "act" ? one.target : one.targets.join("|"))).join("|")}`;
    case "off":
      return `off ${meaning.targets.join("|")}`;
    case "all_off":
      return "all off";
    default:
      return meaning.type;
  }
}
