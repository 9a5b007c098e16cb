/** Sensors and buttons on batteries: all of them sleep. */
import { Writer } from "../bytes.ts";
import { cluster } from "../clusters.ts";
import type { Device, DeviceModel } from "../device.ts";
import { zclType } from "../zcl.ts";
import { basic, battery, zone } from "./basics.ts";

/** Moves a measurement a little, up by day and down by night, and reports it. */
function drift(device: Device, endpoint: number, of: number, by: number): void {
  const before = Number(device.get(endpoint, of, 0));
  device.set(endpoint, of, 0, before + by);
  device.report(endpoint, of, [0]);
}

/** Aqara WSDCGQ11LM: temperature, humidity, pressure; silent unless it has something to report. */
export const climateSensor: DeviceModel = {
  name: "Aqara WSDCGQ11LM",
  manufacturer: 0x1037,
  isRouter: false,
  sleeps: true,
  endpoints: [
    {
      id: 1,
      device: 0x5f01,
      serves: {
        [cluster.basic]: basic({ manufacturer: "LUMI", model: "lumi.weather", power: 3 }),
        [cluster.identify]: {},
        [cluster.temperature]: { 0: { type: zclType.int16, value: 2_150 } },
        [cluster.pressure]: {
          0: { type: zclType.int16, value: 1_013 },
          0x10: { type: zclType.int16, value: 10_132 },
          0x14: { type: zclType.int8, value: -1 },
        },
        [cluster.humidity]: { 0: { type: zclType.uint16, value: 5_510 } },
      },
      commands: [cluster.basic, cluster.groups],
    },
  ],
  live: (device) => {
    drift(device, 1, cluster.temperature, 7);
    drift(device, 1, cluster.humidity, -11);
  },
};

/** Sonoff SNZB-02: temperature and humidity. */
export const temperatureSensor: DeviceModel = {
  name: "Sonoff SNZB-02",
  manufacturer: 0x1286,
  isRouter: false,
  sleeps: true,
  endpoints: [
    {
      id: 1,
      device: 0x0302,
      serves: {
        [cluster.basic]: basic({ manufacturer: "eWeLink", model: "TH01", power: 3 }),
        [cluster.powerConfiguration]: battery(87),
        [cluster.identify]: {},
        [cluster.temperature]: { 0: { type: zclType.int16, value: 1_870 } },
        [cluster.humidity]: { 0: { type: zclType.uint16, value: 6_240 } },
      },
      commands: [cluster.identify],
    },
  ],
  live: (device) => drift(device, 1, cluster.temperature, 3),
};

/** Sonoff SNZB-01: a button that says once, twice and long as toggle, on and off. */
export const button: DeviceModel = {
  name: "Sonoff SNZB-01",
  manufacturer: 0x1286,
  isRouter: false,
  sleeps: true,
  endpoints: [
    {
      id: 1,
      device: 0,
      serves: {
        [cluster.basic]: basic({ manufacturer: "eWeLink", model: "WB01", power: 3 }),
        [cluster.powerConfiguration]: battery(100),
        [cluster.identify]: {},
      },
      commands: [cluster.onOff, cluster.identify],
    },
  ],
  live: (device) => press(device, cluster.onOff, 2),
};

/** IKEA E1743: on, off, and held to dim. */
export const dimmerSwitch: DeviceModel = {
  name: "IKEA E1743",
  manufacturer: 0x117c,
  isRouter: false,
  sleeps: true,
  endpoints: [
    {
      id: 1,
      device: 0x0820,
      serves: {
        [cluster.basic]: basic({
          manufacturer: "IKEA of Sweden",
          model: "TRADFRI on/off switch",
          power: 3,
          firmware: "2.2.008",
        }),
        [cluster.powerConfiguration]: battery(74, 1),
        [cluster.identify]: {},
        [cluster.pollControl]: {
          0: { type: zclType.uint32, value: 13_200 },
          1: { type: zclType.uint32, value: 6 },
          2: { type: zclType.uint16, value: 2 },
          3: { type: zclType.uint16, value: 80 },
        },
        [cluster.touchlink]: {},
      },
      commands: [
        cluster.identify,
        cluster.groups,
        cluster.onOff,
        cluster.level,
        cluster.ota,
        cluster.windowCovering,
        cluster.touchlink,
      ],
    },
  ],
  live: (device) => press(device, cluster.onOff, 1),
};

/** Sends a command of a button to whoever it is bound to: the coordinator, or groups. */
export function press(device: Device, of: number, command: number, payload = new Writer()): void {
  const say = { isSpecific: true, isToClient: false, command, payload };
  const groups = device.boundGroups(of);
  if (groups.length === 0) device.say(1, of, say);
  for (const group of groups) device.say(1, of, { ...say, group });
}

/** Sonoff SNZB-03: motion, as a zone of an alarm system. */
export const motionSensor = zoneSensor("Sonoff SNZB-03", "MS01", 0x000d);

/** Sonoff SNZB-04: a contact, as a zone of an alarm system. */
export const contactSensor = zoneSensor("Sonoff SNZB-04", "DS01", 0x0015);

function zoneSensor(name: string, model: string, kind: number): DeviceModel {
  return {
    name,
    manufacturer: 0x1286,
    isRouter: false,
    sleeps: true,
    endpoints: [
      {
        id: 1,
        device: 0x0402,
        serves: {
          [cluster.basic]: basic({ manufacturer: "eWeLink", model, power: 3 }),
          [cluster.powerConfiguration]: battery(93),
          [cluster.identify]: {},
          [cluster.iasZone]: zone(kind),
        },
        commands: [cluster.identify],
      },
    ],
    live: (device) => {
      const isAlarmed = (Number(device.get(1, cluster.iasZone, 2)) & 1) === 1;
      alarm(device, isAlarmed ? 0 : 1);
    },
  };
}

/** Says how the zone is: bit 0 the alarm, bit 3 a low battery. ZCL §8.2.2.4.1. */
export function alarm(device: Device, status: number): void {
  device.set(1, cluster.iasZone, 2, status);
  const payload = new Writer().u16(status).u8(0, 23).u16(0);
  device.say(1, cluster.iasZone, { isSpecific: true, command: 0, payload });
}
