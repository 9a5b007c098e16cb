import type { Service } from "../gatt.ts";

/* Services of the Bluetooth SIG (Assigned Numbers, 3.4 and 3.8). */

const text = (uuid: string, words: string): Service["characteristics"][number] => ({
  uuid,
  properties: ["read"],
  read: () => Buffer.from(words, "utf8"),
});

/** What every peripheral has: its name and its looks, which are unknown. */
export function genericAccess(name: string): Service {
  const appearance = { uuid: "2a01", properties: ["read"], read: () => Buffer.alloc(2) } as const;
  return { uuid: "1800", characteristics: [text("2a00", name), appearance] };
}

export interface DeviceInformation {
  readonly manufacturer: string;
  readonly model: string;
  readonly firmware: string;
}

export function deviceInformation(about: DeviceInformation): Service {
  const { manufacturer, model, firmware } = about;
  return {
    uuid: "180a",
    characteristics: [text("2a29", manufacturer), text("2a24", model), text("2a26", firmware)],
  };
}

/** @param levelPct how full it is, each time it is read */
export function battery(levelPct: () => number): Service {
  return {
    uuid: "180f",
    characteristics: [
      { uuid: "2a19", properties: ["read", "notify"], read: () => Buffer.from([levelPct()]) },
    ],
  };
}
