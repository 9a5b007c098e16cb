import type { Words } from "./words.ts";

export const thermobeacon: Words = {
  "*": {
    time: { is: "uptime" },
    tempc_max: { is: "x_thermobeacon_temperature_max" },
    time_max: { is: "x_thermobeacon_temperature_max_uptime" },
    tempc_min: { is: "x_thermobeacon_temperature_min" },
    time_min: { is: "x_thermobeacon_temperature_min_uptime" },
  },
};
