import type { Observation } from "../../reading/observation.ts";
import type { Advertisement, CompanyData } from "../advertisement.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { reading, vendorReading } from "./readings.ts";

const names = /^(?:sps|tps|[ix]bbq.*|ibs-p02b|ith-1[13]-b|ith-21-b|ink@iam-t[12].*)$/i;
const service = "fff0";
const grillCompanies = [0x0000, 0x0001, 0x0002];
/** Hygrometers put the start of their address there: 49:24. */
const hygrometerCompany = 0x2449;
const airCompany = 0x3254;

/** Inkbird has no identifier of its own: what stands there is the first value, or the address. */
export const inkbird: Decoder = {
  family: "inkbird",
  title: "Inkbird thermometers, hygrometers, grill probes and air monitors",
  models: [
    "IBS-TH1",
    "IBS-TH2",
    "IBS-P01B",
    "IBS-P02B",
    "ITH-11-B",
    "ITH-12S",
    "ITH-13-B",
    "ITH-21-B",
    "IAM-T2",
    "IBT-2X",
    "IBT-2XS",
    "IBT-4XS",
    "IBT-4XC",
    "IBT-6XS",
    "Tenergy SOLIS-6",
  ],
  source: "https://github.com/Bluetooth-Devices/inkbird-ble",
  listensTo: {
    companies: [...grillCompanies, hygrometerCompany, airCompany],
    serviceUuids: [service],
    names,
  },
  decode: (frame) => {
    // Of two in one frame the later is the newer.
    for (const block of frame.companyData.toReversed()) {
      const decoded =
        decodeGrill(frame, block) ??
        decodeSmall(frame, block) ??
        decodeHygrometer(frame, block) ??
        decodeAir(block);
      if (decoded) return decoded;
    }
    return undefined;
  },
};

function inkbirdSays(model: string | undefined, observations: readonly Observation[]): Decoded {
  return {
    facts: { manufacturer: "Inkbird", sleepy: true, ...(model !== undefined && { model }) },
    observations,
  };
}

const fullBattery = 100;

/* Grill probes: two zeros, the address either way round, °C × 10 of each probe. */
const addressAt = 2;
const firstProbeAt = 8;
const modelsByLength = new Map([
  [10, "iBBQ-1"],
  [12, "iBBQ-2"],
  [16, "iBBQ-4"],
  [20, "iBBQ-6"],
]);
/** What a place says that has no probe. */
const noProbe = new Set([-1, -10]);
const coldestProbe = -50;
const hottestProbe = 400;
const isGrillName = /^[ix]bbq/i;

/** The second page of the xBBQ, of which nobody knows what it says. */
const otherPageCompany = 0x0002;

function decodeGrill(frame: Advertisement, { company, data }: CompanyData): Decoded | undefined {
  const model = modelsByLength.get(data.length);
  if (model === undefined || !grillCompanies.includes(company)) return undefined;
  if (data.readUInt16LE(0) !== 0 || !isGrill(frame, data)) return undefined;
  if (company !== otherPageCompany) return inkbirdSays(model, probesIn(data));
  // Where the first page stands beside it, that one counts.
  const isAlone = frame.companyData.every((one) => one.company === otherPageCompany);
  return isAlone ? inkbirdSays(model, []) : undefined;
}

function isGrill({ localName, address }: Advertisement, data: Buffer): boolean {
  if (localName !== undefined && isGrillName.test(localName)) return true;
  const own = data.subarray(addressAt, firstProbeAt);
  return own.toString("hex") === address || reversed(own) === address;
}

function reversed(bytes: Buffer): string {
  return Buffer.from(bytes.toReversed()).toString("hex");
}

function probesIn(data: Buffer): Observation[] {
  const probes: Observation[] = [];
  for (let at = firstProbeAt; at + 1 < data.length; at += 2) {
    const raw = data.readInt16LE(at);
    const celsius = raw / 10;
    const isThere = !noProbe.has(raw) && celsius >= coldestProbe && celsius <= hottestProbe;
    const part = String((at - firstProbeAt) / 2 + 1);
    probes.push(reading("temperature", isThere ? celsius : null, { part }));
  }
  return probes;
}

/* IBS-TH1, TH2, P01B: °C × 100 (as company), %RH × 100, probe, checksum, battery, kind. */
const smallLength = 7;
const internal = 0;
/** One sensor says 3 for it: https://github.com/custom-components/ble_monitor/issues/1016. */
const external = new Set([1, 3]);
const smallModels: Readonly<Record<string, string>> = { sps: "IBS-TH", tps: "IBS-TH2/P01B" };
const noHumidity = new Set([0, 0xffff]);
const coldest = -60;
const hottest = 150;

function decodeSmall(frame: Advertisement, { company, data }: CompanyData): Decoded | undefined {
  if (data.length !== smallLength || !isSmall(frame, company, data)) return undefined;
  const probe = data[2] ?? 0;
  const battery = data[5] ?? 0;
  const humidity = data.readUInt16LE(0);
  const celsius = signed(company) / 100;
  const isMoist = !noHumidity.has(humidity);
  if (probe !== internal && !external.has(probe)) return undefined;
  if (battery > fullBattery || celsius < coldest || celsius > hottest) return undefined;
  if (isMoist && humidity > 100 * 100) return undefined;
  const part = probe === internal ? undefined : "1";
  return inkbirdSays(smallModels[frame.localName ?? ""], [
    reading("temperature", celsius, { part }),
    ...(isMoist ? [reading("humidity", humidity / 100)] : []),
    reading("battery", battery),
    vendorReading("inkbird", "external_probe", probe !== internal),
  ]);
}

/**
 * A sender without a known name is one of these if the checksum is right. Some firmware under a known
 * name sends another checksum, which nobody has described.
 */
function isSmall({ localName = "" }: Advertisement, company: number, data: Buffer): boolean {
  if (Object.hasOwn(smallModels, localName)) return true;
  return modbusSum(company, data.subarray(0, 3)) === data.readUInt16LE(3);
}

function signed(word: number): number {
  return word < 0x8000 ? word : word - 0x1_0000;
}

const modbusPolynomial = 0xa001;

/** CRC-16 of Modbus. */
function modbusSum(company: number, data: Buffer): number {
  let sum = 0xffff;
  for (const byte of [company & 0xff, company >> 8, ...data]) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      sum = (sum & 1) === 0 ? sum >> 1 : (sum >> 1) ^ modbusPolynomial;
    }
  }
  return sum;
}

/* IBS-P02B and ITH: the rest of the address, °C × 10, %RH × 10, battery, what the display shows. */
const hygrometerLength = 16;
const hygrometerName = /^(?:ibs-p02b|ith-\d\d-b)$/i;

function decodeHygrometer(
  { localName = "", address }: Advertisement,
  { company, data }: CompanyData,
): Decoded | undefined {
  if (data.length !== hygrometerLength) return undefined;
  const isNamed = hygrometerName.test(localName);
  if (!isNamed && !hasAddress(address, company, data)) return undefined;
  const celsius = data.readInt16LE(4) / 10;
  const humidity = data.readUInt16LE(6) / 10;
  const battery = data[8] ?? 0;
  if (battery > fullBattery || humidity > 100) return undefined;
  if (celsius < coldest || celsius > hottest) return undefined;
  return inkbirdSays(isNamed ? localName.toUpperCase() : undefined, [
    reading("temperature", celsius),
    ...(humidity === 0 ? [] : [reading("humidity", humidity)]),
    reading("battery", battery),
  ]);
}

function hasAddress(address: string, company: number, data: Buffer): boolean {
  const start = Buffer.from([company & 0xff, company >> 8]).toString("hex");
  return start + data.toString("hex", 0, 4) === address;
}

/* IAM-T2: zero, address, flags, °C or °F × 10, %RH × 10, ppm, a battery nobody can read. */
const airLength = 15;
const airStart = 0x0062;
const fahrenheitFlag = 0x02;
const highestCarbonDioxide = 40_000;

function decodeAir({ company, data }: CompanyData): Decoded | undefined {
  if (company !== airCompany || data.length !== airLength) return undefined;
  if (data.readUInt16BE(0) !== airStart) return undefined;
  const shown = data.readInt16BE(8) / 10;
  const isFahrenheit = ((data[7] ?? 0) & fahrenheitFlag) !== 0;
  const celsius = isFahrenheit ? ((shown - 32) * 5) / 9 : shown;
  const humidity = data.readUInt16BE(10) / 10;
  const ppm = data.readUInt16BE(12);
  if (humidity > 100 || ppm > highestCarbonDioxide) return undefined;
  if (celsius < coldest || celsius > hottest) return undefined;
  return inkbirdSays("IAM-T2", [
    reading("temperature", celsius, isFahrenheit ? { raw: shown } : {}),
    reading("humidity", humidity),
    reading("co2", ppm),
  ]);
}
