import type { Decoder } from "./decoder.ts";
import { dataOfCompany, plausible } from "./frame.ts";
import { readFields, vendorReading, type Field } from "./readings.ts";

const company = 0xf214;
const length = 19;

/** 16 bits are 10 m³/h, 15 bits one bar. */
const layout: readonly Field[] = [
  { is: "x_grundfos_battery_status", at: 3, as: "u8", source: "battery_status" },
  { is: "x_grundfos_pump_id", at: 4, as: "u16le", source: "pump_id" },
  { is: "flow_rate", at: 6, as: "u16le", mul: 1 / 6553.4 },
  {
    is: "x_grundfos_water_pressure",
    at: 8,
    as: "i16le",
    mul: 1 / 32767,
    source: "water_pressure",
    unit: "bar",
  },
  { is: "temperature", at: 12, as: "u8" },
];
const counterAt = 2;
const modeAt = 11;
const modes = [
  "constant_speed_3",
  "constant_speed_2",
  "constant_speed_1",
  "autoadapt",
  "proportional_pressure_1",
  "proportional_pressure_2",
  "proportional_pressure_3",
  "constant_pressure_1",
  "constant_pressure_2",
  "constant_pressure_3",
];

/** The reader that is put on a pump to look at it while a heating system is balanced. */
export const grundfos: Decoder = {
  family: "grundfos",
  title: "Grundfos ALPHA Reader",
  models: ["MI401"],
  source: "https://github.com/custom-components/ble_monitor (ble_parser/grundfos.py)",
  listensTo: { companies: [company] },
  decode: (frame) => {
    const data = dataOfCompany(frame, company, length);
    if (!data) return undefined;
    const mode = modes[data.readUInt8(modeAt)] ?? null;
    return plausible({
      facts: { manufacturer: "Grundfos", model: "MI401", sleepy: true },
      observations: [
        ...readFields(data, layout),
        vendorReading("grundfos", "pump_mode", mode, { values: modes }),
      ],
      sequence: { value: data.readUInt8(counterAt), bits: 8 },
    });
  },
};
