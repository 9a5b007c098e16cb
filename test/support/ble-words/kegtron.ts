import type { Words } from "./words.ts";

export const kegtron: Words = {
  kegtron: {
    keg_size: { is: "x_kegtron_keg_size", part: "2", map: { "Corny (5.0 gal)": 18.927 } },
    volume_start: { is: "x_kegtron_volume_start", part: "2" },
    volume_dispensed_port_1: { is: "volume", part: "1" },
    volume_dispensed_port_2: { is: "volume", part: "2" },
    port_state: { is: "x_kegtron_port_state", part: "2" },
    port_name: { is: "x_kegtron_port_name", part: "2" },
    port_index: { skip: "The part of all that is read" },
    port_count: { skip: "What the model is" },
  },
};
