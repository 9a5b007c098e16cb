/** A field that is a number, and the factor to our unit. */
export interface NumberField {
  readonly is: string;
  readonly mul?: number;
  readonly part?: string | undefined;
}

/** Fields that the vocabulary does not list, or spells otherwise. */
const numberFields: Readonly<Record<string, NumberField>> = {
  voltage_V: { is: "voltage" },
  frequency_Hz: { is: "frequency" },
  power_VA: { is: "apparent_power" },
  total_kWh: { is: "energy" },
  lux: { is: "illuminance" },
  light_klx: { is: "illuminance", mul: 1_000 },
  uv_index: { is: "uv_index" },
  battery_pct: { is: "battery" },
  pressure_inHg: { is: "pressure", mul: 33.86388666667 },
  storm_dist_km: { is: "lightning_distance", mul: 1_000 },
  // The digits after these are of the size of the particles.
  pm1_0_ug_m3: { is: "pm1" },
  pm10_0_ug_m3: { is: "pm10" },
};

/** Fields with the number of their part in the name. */
const numbered: readonly (readonly [pattern: RegExp, is: string])[] = [
  [/^power(\d)_W$/, "power"],
  [/^temp(?:erature)?(\d)_C$/, "temperature"],
];

/** What a field is that has no rule in the vocabulary. */
export function numberFieldOf(key: string): NumberField | undefined {
  if (Object.hasOwn(numberFields, key)) return numberFields[key];
  for (const [pattern, is] of numbered) {
    const part = pattern.exec(key)?.[1];
    if (part !== undefined) return { is, part };
  }
  return undefined;
}
