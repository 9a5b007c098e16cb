import type { Advertisement } from "../advertisement.ts";
import type { Decoder } from "./decoder.ts";
import { reading, vendorReading } from "./readings.ts";

const company = 0x01ae;
const length = 12;
const humidityAt = 4;
const shakeAt = 8;
const voltageAt = 10;
const stateAt = 11;
/** mV at zero. */
const lowestVoltage = 2_847;
const awakeMask = 0x01;
const coldest = -40;
const hottest = 150;
const wettest = 100;

/** A sensor in the drum of a dryer. */
export const smartdry: Decoder = {
  family: "smartdry",
  title: "SmartDry laundry sensors",
  models: ["SmartDry"],
  source: "https://community.home-assistant.io/t/clothes-dryer-automations/149017/123",
  listensTo: { companies: [company] },
  decode: ({ companyData }: Advertisement) => {
    const data = companyData.find((one) => one.company === company)?.data;
    if (data?.length !== length) return undefined;
    const temperature = data.readFloatLE(0);
    const humidity = data.readFloatLE(humidityAt);
    if (!(temperature >= coldest && temperature <= hottest)) return undefined;
    if (!(humidity >= 0 && humidity <= wettest)) return undefined;
    const voltage = data.readUInt8(voltageAt);
    return {
      facts: { manufacturer: "SmartDry", model: "Laundry Sensor", sleepy: true },
      observations: [
        reading("temperature", temperature),
        reading("humidity", humidity),
        vendorReading("smartdry", "shake", data.readUInt16LE(shakeAt)),
        reading("battery_voltage", (voltage + lowestVoltage) / 1_000, { raw: voltage }),
        reading("running", (data.readUInt8(stateAt) & awakeMask) > 0, { source: "wake" }),
      ],
    };
  },
};
