import { gravity } from "../../../adapters/ble/decoders/readings.ts";
import type { Words } from "./words.ts";

const ofBeacon = { skip: "names the beacon, or says how strong it sends" } as const;
const milli = 0.001;
/** The source takes 0.1 mg for a step of this sensor, which is 1/16 mg. */
const mokoSteps = 10 / 16;

/** Formats of the makers of one or two devices. */
export const theengs: Words = {
  "theengs:ABTemp": { major: ofBeacon, txpower: ofBeacon },
  "theengs:FEASY": {
    beaconmodel: { skip: "the model, a fact" },
    "plugged-in": { is: "plugged" },
  },
  "theengs:H10": { bpm: { is: "x_polar_heart_rate" } },
  "theengs:HOBOMX2001": {
    lvl_cm: { is: "x_hobo_water_level", mul: 0.01 },
    lvl_in: { is: "x_hobo_water_level", mul: 0.0254 },
  },
  "theengs:MBXPRO": {
    x_axis: { is: "acceleration", part: "x", mul: mokoSteps },
    y_axis: { is: "acceleration", part: "y", mul: mokoSteps },
    z_axis: { is: "acceleration", part: "z", mul: mokoSteps },
  },
  // The source reads the bytes in the wrong order: 160, −16 and 992 mg are one g, its numbers are
  // two and a half.
  "theengs:Mokobeacon": {
    x_axis: { is: "acceleration", part: "x", map: { "-24.10082304": 160 * gravity * milli } },
    y_axis: { is: "acceleration", part: "y", map: { "-3.766734265": -16 * gravity * milli } },
    z_axis: { is: "acceleration", part: "z", map: { "-8.030665685": 992 * gravity * milli } },
  },
  "theengs:NODONNIU": {
    button: {
      event: "action",
      map: { "1": "press", "2": "double_press", "3": "triple_press", "9": "hold", "10": "release" },
    },
    color: { is: "x_nodon_color", map: { Lagoon: "lagoon" } },
  },
  "theengs:RC1010": {
    level: { is: "x_otodata_tank_level" },
    status: { is: "x_otodata_status" },
    serial: { is: "x_otodata_serial" },
    modeltype: { is: "x_otodata_model_type" },
  },
  "theengs:RDL52832": { major: ofBeacon, minor: ofBeacon, txpower: ofBeacon },
  // Grams.
  "theengs:SKALE": { weight: { is: "weight", mul: 0.001 } },
  "theengs:XOSSX2": { bpm: { is: "x_xoss_heart_rate" } },
};
