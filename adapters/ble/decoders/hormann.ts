import type { Decoder } from "./decoder.ts";
import { dataOfCompany, plausible } from "./frame.ts";
import { reading } from "./readings.ts";

const company = 0x07b4;
/** Of the longer of the two structures of this company that a frame has. */
const length = 17;
const positionAt = 1;
/** Half percent. */
const positionSteps = 2;

/** Drives of garage doors with BlueSecur. */
export const hormann: Decoder = {
  family: "hormann",
  title: "Hörmann drives of garage doors",
  models: ["Supramatic E4 BS"],
  source: "https://github.com/custom-components/ble_monitor (ble_parser/hormann.py)",
  listensTo: { companies: [company] },
  decode: (frame) => {
    const data = dataOfCompany(frame, company, length);
    if (!data) return undefined;
    const position = data.readUInt8(positionAt) / positionSteps;
    return plausible({
      facts: { manufacturer: "Hörmann", model: "Supramatic E4 BS" },
      observations: [reading("open", position > 0), reading("position", position)],
    });
  },
};
