import type { Words } from "./words.ts";

/** Litres of the kegs that have a name. */
const sizes = {
  "Half Corny (2.5 gal)": 9.464,
  "Corny (5.0 gal)": 18.927,
  "20L (5.283 gal)": 20,
  "Pin (5.404 gal)": 20.457,
  "1/4 Barrel (7.75 gal)": 29.337,
  "Firkin (10.809 gal)": 40.915,
  "50L (13.209 gal)": 50,
  "1/2 Barrel (15.5 gal)": 58.674,
};

export const kegtron: Words = {
  kegtron: {
    keg_size: { is: "x_kegtron_keg_size", part: "2", map: sizes },
    volume_start: { is: "x_kegtron_volume_start", part: "2" },
    volume_dispensed_port_1: { is: "volume", part: "1" },
    volume_dispensed_port_2: { is: "volume", part: "2" },
    port_state: { is: "x_kegtron_port_state", part: "2" },
    port_name: { is: "x_kegtron_port_name", part: "2" },
    port_index: { skip: "The part of all that is read" },
    port_count: { skip: "What the model is" },
  },
};
