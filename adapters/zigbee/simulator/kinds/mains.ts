/** Lights, plugs and switches: always listening, and on the way for others. */
import { cluster } from "../clusters.ts";
import type { ClusterCommand, Device, DeviceModel } from "../device.ts";
import { download } from "../ota-client.ts";
import { zclStatus, zclType, type Attribute } from "../zcl.ts";
import { basic, onOff } from "./basics.ts";

type Behaviour = NonNullable<DeviceModel["behave"]>;

const full = 254;

/** On, off, toggle, with effect, and after a time. ZCL §3.8. */
function switches(
  device: Device,
  { endpoint, cluster: of, command }: ClusterCommand,
): number | undefined {
  if (of !== cluster.onOff) return undefined;
  const wanted = new Map([
    [0x00, false],
    [0x01, true],
    [0x02, device.get(endpoint, of, 0) !== true],
    [0x40, false],
    [0x42, true],
  ]).get(command);
  if (wanted === undefined) return undefined;
  device.set(endpoint, of, 0, wanted);
  return zclStatus.success;
}

/** Moves to a level, with or without switching: ZCL §3.10. The way there takes no time. */
function dims(device: Device, asked: ClusterCommand): number | undefined {
  const { endpoint, cluster: of, command, payload } = asked;
  if (of !== cluster.level || (command !== 0 && command !== 4)) return undefined;
  const level = Math.min(payload.u8(), full);
  device.set(endpoint, of, 0, level);
  if (command === 4) device.set(endpoint, cluster.onOff, 0, level > 0);
  return zclStatus.success;
}

/** Moves to a colour temperature: ZCL §5.2. */
function tints(device: Device, asked: ClusterCommand): number | undefined {
  if (asked.cluster !== cluster.color || asked.command !== 0x0a) return undefined;
  device.set(asked.endpoint, cluster.color, 7, asked.payload.u16());
  device.set(asked.endpoint, cluster.color, 8, 2);
  return zclStatus.success;
}

/** Stores and recalls scenes of what it does: ZCL §3.7. */
function remembers(): Behaviour {
  const scenes = new Map<string, readonly [boolean, number]>();
  return (device, { endpoint, cluster: of, command, payload, sequence }) => {
    if (of !== cluster.scenes || payload.left < 3) return undefined;
    const [group, scene] = [payload.u16(), payload.u8()];
    const name = `${device.ieee}/${group}/${scene}`;
    const isOn = device.get(endpoint, cluster.onOff, 0) === true;
    if (command === 4)
      scenes.set(name, [isOn, Number(device.get(endpoint, cluster.level, 0) ?? 0)]);
    if (command === 2) scenes.delete(name);
    const stored = scenes.get(name);
    if (command === 5 && stored) {
      device.set(endpoint, cluster.onOff, 0, stored[0]);
      device.set(endpoint, cluster.level, 0, stored[1]);
    }
    if (command !== 4 && command !== 2) return zclStatus.success;
    device.answerScene(endpoint, command, group, scene, sequence);
    return "answered";
  };
}

/** The first of several behaviours that knows the command. */
function first(...behaviours: readonly Behaviour[]): Behaviour {
  return (device, asked) => {
    for (const behave of behaviours) {
      const result = behave(device, asked);
      if (result !== undefined) return result;
    }
    return undefined;
  };
}

const level: Record<number, Attribute> = {
  0: { type: zclType.uint8, value: full },
  0x0f: { type: zclType.bitmap8, value: 0 },
  0x10: { type: zclType.uint16, value: 0 },
  0x11: { type: zclType.uint8, value: 255 },
  0x4000: { type: zclType.uint8, value: 255 },
};

/** IKEA LED1732G11: white, warm to cold; it can be given new firmware. */
export const whiteLight: DeviceModel = {
  name: "IKEA LED1732G11",
  manufacturer: 0x117c,
  isRouter: true,
  endpoints: [
    {
      id: 1,
      device: 0x010c,
      serves: {
        [cluster.basic]: basic({
          manufacturer: "IKEA of Sweden",
          model: "TRADFRI bulb E27 WS opal 1000lm",
          power: 1,
          firmware: "2.0.022",
        }),
        [cluster.identify]: {},
        [cluster.groups]: {},
        [cluster.scenes]: {},
        [cluster.onOff]: onOff,
        [cluster.level]: level,
        [cluster.color]: {
          7: { type: zclType.uint16, value: 370 },
          8: { type: zclType.enum8, value: 2 },
          0x0f: { type: zclType.bitmap8, value: 0 },
          0x400a: { type: zclType.bitmap16, value: 0x10 },
          0x400b: { type: zclType.uint16, value: 250 },
          0x400c: { type: zclType.uint16, value: 454 },
          0x4010: { type: zclType.uint16, value: 370 },
        },
      },
      commands: [cluster.scenes, cluster.ota],
    },
  ],
  behave: first(switches, dims, tints, remembers(), download),
};

/** Hue LWB010: white; its second endpoint is for Green Power. */
export const hueLight: DeviceModel = {
  name: "Hue LWB010",
  manufacturer: 0x100b,
  isRouter: true,
  endpoints: [
    {
      id: 11,
      device: 0x0101,
      serves: {
        [cluster.basic]: basic({
          manufacturer: "Philips",
          model: "LWB010",
          power: 1,
          firmware: "1.46.13_r26312",
        }),
        [cluster.identify]: {},
        [cluster.groups]: {},
        [cluster.scenes]: {},
        [cluster.onOff]: onOff,
        [cluster.level]: level,
        [cluster.touchlink]: {},
      },
      commands: [cluster.ota],
    },
  ],
  behave: first(switches, dims, remembers(), download),
};

/** Innr SP 240: a plug that measures. */
export const meteringPlug: DeviceModel = {
  name: "Innr SP 240",
  manufacturer: 0x1166,
  isRouter: true,
  endpoints: [
    {
      id: 1,
      device: 0x010a,
      serves: {
        [cluster.basic]: basic({
          manufacturer: "innr",
          model: "SP 240",
          power: 1,
          firmware: "1.9.27",
        }),
        [cluster.identify]: {},
        [cluster.groups]: {},
        [cluster.scenes]: {},
        [cluster.onOff]: onOff,
        [cluster.metering]: {
          0: { type: zclType.uint48, value: 12_340 },
          0x301: { type: zclType.uint24, value: 1 },
          0x302: { type: zclType.uint24, value: 10_000 },
        },
        [cluster.electricity]: {
          0x505: { type: zclType.uint16, value: 2_305 },
          0x508: { type: zclType.uint16, value: 210 },
          0x50b: { type: zclType.int16, value: 48 },
          0x600: { type: zclType.uint16, value: 1 },
          0x601: { type: zclType.uint16, value: 10 },
          0x602: { type: zclType.uint16, value: 1 },
          0x603: { type: zclType.uint16, value: 1_000 },
          0x604: { type: zclType.uint16, value: 1 },
          0x605: { type: zclType.uint16, value: 1 },
        },
      },
      commands: [cluster.ota],
    },
  ],
  behave: first(switches, download),
  live: (device) => {
    const isOn = device.get(1, cluster.onOff, 0) === true;
    device.set(1, cluster.electricity, 0x50b, isOn ? 1_160 : 0);
    device.set(
      1,
      cluster.metering,
      0,
      Number(device.get(1, cluster.metering, 0)) + (isOn ? 16 : 0),
    );
    device.report(1, cluster.electricity, [0x50b]);
    device.report(1, cluster.metering, [0]);
  },
};

/** Tuya TS0002: two switches in one box, each an endpoint. */
export const doubleSwitch: DeviceModel = {
  name: "Tuya TS0002",
  manufacturer: 0x1141,
  isRouter: true,
  endpoints: [1, 2].map((id) => ({
    id,
    device: 0x0100,
    serves: {
      ...(id === 1 && {
        [cluster.basic]: basic({ manufacturer: "_TZ3000_4js9lo5d", model: "TS0002", power: 1 }),
        [cluster.identify]: {},
      }),
      [cluster.groups]: {},
      [cluster.scenes]: {},
      [cluster.onOff]: onOff,
    },
    commands: [cluster.time, cluster.ota],
  })),
  behave: switches,
};

/** A relay with a thermometer that nobody has a definition for. */
export const unknownDevice: DeviceModel = {
  name: "unknown model",
  manufacturer: 0x1234,
  isRouter: true,
  endpoints: [
    {
      id: 1,
      device: 0x0009,
      serves: {
        [cluster.basic]: basic({ manufacturer: "Workshop", model: "RELAY-T1", power: 1 }),
        [cluster.identify]: {},
        [cluster.onOff]: onOff,
        [cluster.temperature]: { 0: { type: zclType.int16, value: 3_120 } },
      },
      commands: [],
    },
  ],
  behave: switches,
  live: (device) => device.report(1, cluster.temperature, [0]),
};
