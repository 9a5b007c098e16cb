import { Writer } from "../bytes.ts";
import { cluster } from "../clusters.ts";
import type { Device, DeviceModel } from "../device.ts";
import { zclStatus } from "../zcl.ts";
import { basic } from "./basics.ts";

/** Kinds of values of Tuya's datapoints. */
const kind = { bool: 1, value: 2, enum: 4 } as const;
const dataReport = 2;

/** Datapoints of the dimmer: on or off, brightness 0…1000, lowest brightness, kind of light. */
const factory: readonly Datapoint[] = [
  { id: 1, kind: kind.bool, value: 0 },
  { id: 2, kind: kind.value, value: 500 },
  { id: 3, kind: kind.value, value: 10 },
  { id: 4, kind: kind.enum, value: 0 },
];

interface Datapoint {
  readonly id: number;
  readonly kind: number;
  readonly value: number;
}

const datapoints = new WeakMap<Device, Map<number, Datapoint>>();

/** Tuya TS0601: a dimmer that speaks Tuya's own protocol inside a cluster of its own. */
export const tuyaDimmer: DeviceModel = {
  name: "Tuya TS0601 dimmer",
  manufacturer: 0x1141,
  isRouter: true,
  endpoints: [
    {
      id: 1,
      device: 0x0051,
      serves: {
        [cluster.basic]: basic({ manufacturer: "_TZE200_dfxkcots", model: "TS0601", power: 1 }),
        [cluster.groups]: {},
        [cluster.scenes]: {},
        [cluster.tuya]: {},
      },
      commands: [cluster.time, cluster.ota],
    },
  ],
  behave: (device, { cluster: of, command, payload }) => {
    if (of !== cluster.tuya) return undefined;
    if (command === 3) for (const { id } of pointsOf(device).values()) tellDatapoint(device, id);
    if (command !== 0 && command !== 4) return zclStatus.success;
    payload.u16();
    while (payload.left >= 4) {
      const [id, type] = [payload.u8(), payload.u8()];
      const value = payload.take(payload.take(2).readUInt16BE());
      setDatapoint(device, { id, kind: type, value: value.readUIntBE(0, value.length) });
    }
    return zclStatus.success;
  },
};

/** Sets a datapoint and tells it, as when somebody turns the knob. */
export function setDatapoint(device: Device, point: Datapoint): void {
  pointsOf(device).set(point.id, point);
  tellDatapoint(device, point.id);
}

export function datapoint(device: Device, id: number): number | undefined {
  return pointsOf(device).get(id)?.value;
}

function tellDatapoint(device: Device, id: number): void {
  const point = pointsOf(device).get(id);
  if (!point) return;
  const length = point.kind === kind.value ? 4 : 1;
  const value = Buffer.alloc(length);
  value.writeUIntBE(point.value, 0, length);
  const payload = new Writer().u8(0, 1, point.id, point.kind, 0, length).bytes(value);
  device.say(1, cluster.tuya, { isSpecific: true, command: dataReport, payload });
}

function pointsOf(device: Device): Map<number, Datapoint> {
  const known = datapoints.get(device) ?? new Map(factory.map((point) => [point.id, point]));
  datapoints.set(device, known);
  return known;
}
