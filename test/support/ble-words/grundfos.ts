import type { Words } from "./words.ts";

export const grundfos: Words = {
  "*": {
    // Litres an hour.
    flow: { is: "flow_rate", mul: 0.001 },
    water_pressure: { is: "x_grundfos_water_pressure" },
    pump_id: { is: "x_grundfos_pump_id" },
    battery_status: { is: "x_grundfos_battery_status" },
    pump_mode: {
      is: "x_grundfos_pump_mode",
      map: {
        "Constant speed level 3": "constant_speed_3",
        "Constant speed level 2": "constant_speed_2",
        "Constant speed level 1": "constant_speed_1",
        Autoadapt: "autoadapt",
        "Proportional pressure level 1": "proportional_pressure_1",
        "Proportional pressure level 2": "proportional_pressure_2",
        "Proportional pressure level 3": "proportional_pressure_3",
        "Constant differential pressure level 1": "constant_pressure_1",
        "Constant differential pressure level 2": "constant_pressure_2",
      },
    },
  },
};
