/** Who made a device on USB, and which of theirs it is: four hexadecimal digits each. */
export interface UsbIds {
  readonly vendor: string;
  /** Undefined for all of that vendor. */
  readonly product: string | undefined;
  /** What people call it. */
  readonly name: string;
}

/** Zigbee sticks, by the ids that zigbee-herdsman 10.9.5 knows them by. */
export const stickIds: readonly UsbIds[] = [
  { vendor: "0403", product: "6015", name: "FTDI FT231X: ConBee III, zzh, ZiGate+" },
  { vendor: "0451", product: "16a8", name: "Texas Instruments CC2531" },
  { vendor: "0451", product: "16c8", name: "Texas Instruments CC2538" },
  { vendor: "0451", product: "bef3", name: "Texas Instruments LaunchPad" },
  { vendor: "067b", product: "2303", name: "Prolific PL2303: ZiGate" },
  {
    vendor: "10c4",
    product: "ea60",
    name: "Silicon Labs CP210x: SkyConnect, ZBT-1, SLZB-06 and -07, Sonoff, slae.sh, TubesZB",
  },
  { vendor: "1a86", product: "55d4", name: "WCH CH9102: Sonoff ZBDongle-E" },
  { vendor: "1a86", product: "7523", name: "WCH CH340: TubesZB, ZigStar" },
  { vendor: "1cf1", product: "0030", name: "ConBee II" },
  { vendor: "2fe3", product: "0100", name: "Nordic Zigbee NCP" },
  { vendor: "303a", product: "4001", name: "Home Assistant Connect ZBT-2" },
  { vendor: "303a", product: "831a", name: "Home Assistant Connect ZBT-2" },
];

/** Makers of modems for mobile networks: all that is theirs and has a serial port. */
export const modemIds: readonly UsbIds[] = [
  { vendor: "1199", product: undefined, name: "Sierra Wireless" },
  { vendor: "12d1", product: undefined, name: "Huawei" },
  // Of this maker most of what is on USB are receivers of satellites.
  ...["1102", "1104", "1141", "1143", "1146"].map((product) => ({
    vendor: "1546",
    product,
    name: "u-blox",
  })),
  { vendor: "19d2", product: undefined, name: "ZTE" },
  { vendor: "1bc7", product: undefined, name: "Telit" },
  { vendor: "1e0e", product: undefined, name: "SIMCom" },
  { vendor: "2c7c", product: undefined, name: "Quectel" },
];

/** What something on USB is called by its ids; what it says itself, or nothing known, otherwise. */
export function nameOfUsb(device: {
  readonly vendorId: string | undefined;
  readonly productId: string | undefined;
  readonly manufacturer: string | undefined;
}): string {
  const { vendorId, productId, manufacturer } = device;
  const is = ({ vendor, product }: UsbIds): boolean =>
    vendor === vendorId?.toLowerCase() &&
    (product === undefined || product === productId?.toLowerCase());
  const stick = stickIds.find(is);
  if (stick) return `Perhaps a Zigbee stick (${stick.name})`;
  const modem = modemIds.find(is);
  if (modem) return `A modem (${modem.name})`;
  return `Something of ${manufacturer ?? "an unknown maker"} (usb:${vendorId ?? "?"}:${productId ?? "?"})`;
}
