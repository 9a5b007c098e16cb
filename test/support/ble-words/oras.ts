import type { Words } from "./words.ts";

export const oras: Words = {
  "*": {
    serial: { is: "x_oras_serial" },
    black_tank: { is: "x_garnet_tank_level", part: "black" },
    problem: { is: "problem", part: "black" },
  },
  "theengs:ADHS": {
    session: { is: "x_oras_session" },
    seconds: { is: "duration" },
    litres: { is: "water_volume" },
    energy: { is: "energy" },
  },
};
