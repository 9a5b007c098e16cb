import type { Meaning, Words } from "./words.ts";

/** m/s² of a thousandth of g, as the tag sends it. */
function mg(value: number): number {
  return (value / 1_000) * 9.80665;
}

const isCounter: Meaning = { skip: "counts the messages" };

/**
 * The collections write the acceleration of this format in m/s² and in thousandths of g, its voltage
 * in V and in mV, and do not say which: so each number is told by itself.
 */
const rawV2: Readonly<Record<string, Meaning>> = {
  acceleration_x: { is: "acceleration", part: "x", map: { "-7.02": mg(-716), "-28": mg(-28) } },
  acceleration_y: { is: "acceleration", part: "y", map: { "6.39": mg(652), "-36": mg(-36) } },
  acceleration_z: { is: "acceleration", part: "z", map: { "-2.51": mg(-256), "1044": mg(1044) } },
  acceleration: { is: "acceleration", mul: mg(1) },
  acceleration_total: { is: "acceleration" },
  voltage: { is: "battery_voltage", map: { "2395": 2.395, "1.6": 1.6, "3.181": 3.181 } },
};

export const ruuvi: Words = {
  "*": {
    nox_index: { is: "x_ruuvi_nox_index" },
    movement_counter: { is: "count" },
    mov: { is: "count" },
    tx_power: { is: "x_ruuvi_tx_power" },
    tx: { is: "x_ruuvi_tx_power" },
    measurement_sequence: isCounter,
    seq: isCounter,
    motion: { skip: "is told by comparing the counter of movements with the frame before" },
    motion_timer: { skip: "is told by comparing the counter of movements with the frame before" },
    battery: { skip: "is guessed from the voltage, and is not in the frame" },
  },
  // In g.
  "ruuvi-df03": {
    acceleration_x: { is: "acceleration", part: "x", mul: mg(1_000) },
    acceleration_y: { is: "acceleration", part: "y", mul: mg(1_000) },
    acceleration_z: { is: "acceleration", part: "z", mul: mg(1_000) },
  },
  "ruuvi-df05": rawV2,
  // Its source rounds to whole lux.
  "ruuvi-df06": { illuminance: { is: "illuminance", tolerance: 0.51 } },
};
