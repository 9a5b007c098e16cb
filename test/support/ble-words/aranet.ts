import type { Words } from "./words.ts";

export const aranet: Words = {
  "*": {
    radon_concentration: { is: "radon" },
    radiation_rate: { is: "x_aranet_radiation_rate" },
    radiation_total: { is: "x_aranet_radiation_total" },
    radiation_duration: { is: "x_aranet_radiation_duration" },
    status: {
      is: "x_aranet_status",
      map: { ERROR: "error", GREEN: "green", YELLOW: "yellow", RED: "red" },
    },
  },
};
