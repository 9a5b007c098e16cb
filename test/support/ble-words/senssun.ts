import type { Words } from "./words.ts";

export const senssun: Words = {
  "*": {
    impedance: { is: "x_senssun_impedance" },
    stabilized: { is: "x_senssun_stabilized" },
  },
};
