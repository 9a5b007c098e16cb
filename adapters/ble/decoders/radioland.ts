import type { Decoder } from "./decoder.ts";
import { acceleration, dataOfService, plausible } from "./frame.ts";
import { gravity, reading } from "./readings.ts";

/** Some of them send the two bytes of the UUID the wrong way round. */
const services = ["1803", "0318"];
const name = "RDL52832";
const length = 16;
const axesAt = [4, 8, 12];

/** Beacons with sensors of temperature, humidity and movement. */
export const radioland: Decoder = {
  family: "radioland",
  title: "Radioland RDL52832 beacons with sensors",
  models: ["RDL52832"],
  source: "https://github.com/theengs/decoder (RDL52832)",
  listensTo: { services },
  decode: (frame) => {
    if (!(frame.localName ?? name).startsWith(name)) return undefined;
    const data = services.map((uuid) => dataOfService(frame, uuid, length)).find(Boolean);
    const axes = axesAt.map((at) => data && axis(data.subarray(at, at + 4)));
    if (!data || axes.includes(undefined)) return undefined;
    const sent = axes.filter((one) => one !== undefined);
    return plausible({
      facts: { manufacturer: "Radioland", model: name, sleepy: true },
      observations: [
        reading("temperature", data.readInt16BE(0) / 256),
        reading("humidity", data.readInt16BE(2) / 256),
        ...acceleration(
          sent,
          sent.map((one) => one * gravity),
        ),
      ],
    });
  },
};

/** In g: a sign, the whole, and one byte for each of two digits behind the point. */
function axis(data: Buffer): number | undefined {
  const [sign = 0, whole = 0, tenths = 0, hundredths = 0] = data;
  if (sign > 1 || tenths > 9 || hundredths > 9) return undefined;
  const size = whole + tenths / 10 + hundredths / 100;
  return sign === 1 ? -size : size;
}
