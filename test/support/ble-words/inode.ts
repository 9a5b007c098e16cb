import type { Words } from "./words.ts";

export const inode: Words = {
  "*": {
    energy: { is: "energy" },
    power: { is: "power" },
    energy_unit: { skip: "the unit of energy, which is fixed here" },
    power_unit: { skip: "the unit of power, which is fixed here" },
    constant: { is: "x_inode_constant" },
    light_level: { is: "x_inode_light_level" },
    week_day: { is: "x_inode_week_day" },
    week_day_total: { is: "x_inode_week_day_total" },
    motion: { is: "moving" },
    acceleration: { is: "x_inode_acceleration" },
    acceleration_x: { is: "x_inode_acceleration", part: "x" },
    acceleration_y: { is: "x_inode_acceleration", part: "y" },
    acceleration_z: { is: "x_inode_acceleration", part: "z" },
    magnetic_field: { is: "x_inode_magnetic_field" },
  },
  "theengs:INEM": {
    avg: { is: "power", mul: 1000 },
    sum: { is: "energy" },
    // In the last of its cases the source takes a bit of the constant for the unit, and says m³: the
    // maker's unit is bits 14 and 15, which are 0 there, kWh.
    avgu: { skip: "the unit of avg, which is fixed here" },
    sumu: { skip: "the unit of sum, which is fixed here" },
    lowbatt: { is: "battery_low" },
  },
};
