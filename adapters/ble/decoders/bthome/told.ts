import type { EventData } from "koine/adapter";
import type { Observation } from "../../../reading/observation.ts";
import type { Sequence } from "../decoder.ts";
import { reading, vendorReading } from "../readings.ts";
import type { Model } from "./models.ts";
import type { ObjectKind } from "./objects.ts";
import type { BthomeObject } from "./split.ts";
import { valueOf, versionIn, type Value } from "./values.ts";

/** What the objects of a frame say together. */
export interface Told {
  readonly observations: readonly Observation[];
  readonly events: readonly EventData[];
  readonly sequence?: Sequence;
  readonly firmware?: string;
}

/** What the objects of one frame say, of a sender of this model. */
export function tell(objects: readonly BthomeObject[], model: Model): Told {
  const packet = first(objects, "packet");
  const firmware = first(objects, "firmware");
  return {
    observations: [...observationsIn(objects, model), ...deviceTypeIn(objects)],
    events: [...pressesIn(objects), ...turnsIn(objects)],
    ...(packet?.length === 1 && { sequence: { value: packet.readUInt8(0), bits: 8 } }),
    ...(firmware && { firmware: versionIn(firmware) }),
  };
}

function all(objects: readonly BthomeObject[], as: ObjectKind["meaning"]["as"]): readonly Buffer[] {
  return objects.filter(({ kind }) => kind.meaning.as === as).map(({ data }) => data);
}

function first(
  objects: readonly BthomeObject[],
  as: ObjectKind["meaning"]["as"],
): Buffer | undefined {
  return objects.find(({ kind }) => kind.meaning.as === as)?.data;
}

function observationsIn(
  objects: readonly BthomeObject[],
  { words = [] }: Model,
): readonly Observation[] {
  const values = objects.map(valueOf).filter((value) => value !== undefined);
  const totals = new Map<string, number>();
  for (const { is } of values) totals.set(is, (totals.get(is) ?? 0) + 1);
  const counts = new Map<string, number>();
  return values.map((value) => {
    const total = totals.get(value.is) ?? 1;
    const nth = counts.get(value.is) ?? 0;
    counts.set(value.is, nth + 1);
    const word = words.find(
      (one) => one.instead === value.is && one.of === total && one.nth === nth,
    );
    if (word) return observation({ ...value, is: word.is }, word.part);
    return observation(value, total > 1 ? String(nth + 1) : undefined);
  });
}

function observation({ is, value, ...details }: Value, part: string | undefined): Observation {
  return reading(is, value, { ...details, part });
}

const deviceTypeBytes = 2;

function deviceTypeIn(objects: readonly BthomeObject[]): readonly Observation[] {
  const data = first(objects, "device_type");
  if (data?.length !== deviceTypeBytes) return [];
  return [vendorReading("bthome", "device_type", data.readUInt16LE(0))];
}

const nothing = 0;
/** https://bthome.io/format/, and 0xfe as Shelly's newer firmware sends it. */
const presses = new Map([
  [0x01, "press"],
  [0x02, "double_press"],
  [0x03, "triple_press"],
  [0x04, "long_press"],
  [0x05, "long_double_press"],
  [0x06, "long_triple_press"],
  [0x80, "hold"],
  [0xfe, "hold"],
]);
const turns = new Map([
  [0x01, "rotate_left"],
  [0x02, "rotate_right"],
]);

function pressesIn(objects: readonly BthomeObject[]): readonly EventData[] {
  return all(objects, "button").flatMap((data, at, buttons) => {
    const code = data[0] ?? nothing;
    return code === nothing ? [] : [happened(presses, code, partAt(at, buttons))];
  });
}

function turnsIn(objects: readonly BthomeObject[]): readonly EventData[] {
  return all(objects, "dimmer").flatMap((data, at, dimmers) => {
    const code = data[0] ?? nothing;
    if (code === nothing) return [];
    return [{ ...happened(turns, code, partAt(at, dimmers)), steps: data[1] ?? 1 }];
  });
}

function happened(
  actions: ReadonlyMap<number, string>,
  code: number,
  part: string | undefined,
): EventData {
  const action = actions.get(code);
  return {
    name: "action",
    action: action ?? "other",
    ...(part !== undefined && { part }),
    ...(action === undefined && { data: { code } }),
  };
}

function partAt(at: number, { length }: readonly unknown[]): string | undefined {
  return length > 1 ? String(at + 1) : undefined;
}
