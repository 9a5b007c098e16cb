import { zclType, type Attribute } from "../zcl.ts";

export interface Maker {
  readonly manufacturer: string;
  readonly model: string;
  /** `1` mains, `3` battery: ZCL §3.2.2.2.8. */
  readonly power: 1 | 3;
  readonly firmware?: string;
}

/** The Basic cluster: who made it and what it is. */
export function basic({ manufacturer, model, power, firmware }: Maker): Record<number, Attribute> {
  return {
    0: { type: zclType.uint8, value: 3 },
    1: { type: zclType.uint8, value: 1 },
    4: { type: zclType.text, value: manufacturer },
    5: { type: zclType.text, value: model },
    6: { type: zclType.text, value: "20240101" },
    7: { type: zclType.enum8, value: power },
    ...(firmware !== undefined && { 0x4000: { type: zclType.text, value: firmware } }),
  };
}

/** The battery: voltage in 0.1 V, charge in half percents, but for makers who tell whole ones. */
export function battery(percent: number, stepsPerPercent: 1 | 2 = 2): Record<number, Attribute> {
  return {
    0x20: { type: zclType.uint8, value: 30 },
    0x21: { type: zclType.uint8, value: percent * stepsPerPercent },
  };
}

/** A zone of an alarm system: contact 0x0015, motion 0x000d. */
export function zone(kind: number): Record<number, Attribute> {
  return {
    0: { type: zclType.enum8, value: 0 },
    1: { type: zclType.uint16, value: kind },
    2: { type: zclType.bitmap16, value: 0 },
    0x10: { type: zclType.ieee, value: "0".repeat(16) },
    0x11: { type: zclType.uint8, value: 23 },
  };
}

export const onOff: Record<number, Attribute> = {
  0: { type: zclType.bool, value: false },
  0x4003: { type: zclType.enum8, value: 255 },
};
