import type { EventData } from "koine/adapter";
import type { Decoder } from "./decoder.ts";
import { dataOfService, plausible } from "./frame.ts";
import { reading, vendorReading } from "./readings.ts";

/** No service has this UUID: the first byte and what follows the address tell these frames. */
const service = "0000";
const length = 16;
const start = 0x02;
const productAt = 7;
const product = Buffer.from("a52152", "hex");
const colorAt = 10;
const batteryAt = 12;
const batteryBits = 0x7f;
const pressAt = 15;

const colors = new Map([
  [2, "white"],
  [3, "tech_blue"],
  [4, "cozy_grey"],
  [5, "wazabi"],
  [6, "lagoon"],
  [7, "softberry"],
]);

/** The event goes with how often the button was pressed where no word says it. */
const presses = new Map<number, EventData>([
  [0x01, { name: "action", action: "press" }],
  [0x02, { name: "action", action: "double_press" }],
  [0x03, { name: "action", action: "hold" }],
  [0x04, { name: "action", action: "release" }],
  [0x05, { name: "action", action: "triple_press" }],
  [0x06, { name: "action", action: "quadruple_press" }],
  [0x07, { name: "action", action: "many_press", data: { presses: 5 } }],
]);

export const nodon: Decoder = {
  family: "nodon",
  title: "NodOn NIU buttons",
  models: ["NIU"],
  source: "https://github.com/theengs/decoder (NODONNIU)",
  listensTo: { services: [service] },
  decode: (frame) => {
    const data = dataOfService(frame, service, length);
    if (data?.[0] !== start || !data.subarray(productAt, colorAt).equals(product)) return undefined;
    const press = presses.get(data.readUInt8(pressAt));
    const color = colors.get(data.readUInt16BE(colorAt));
    if (!press || color === undefined) return undefined;
    return plausible({
      facts: { manufacturer: "NodOn", model: "NIU", sleepy: true },
      observations: [
        reading("battery", data.readUInt8(batteryAt) & batteryBits),
        vendorReading("nodon", "color", color, { values: [...colors.values()] }),
      ],
      events: [press],
    });
  },
};
