import { cluster } from "../clusters.ts";
import type { Device, DeviceModel } from "../device.ts";
import { zclStatus, zclType } from "../zcl.ts";
import { basic, battery } from "./basics.ts";

/** How often it tells where it is while it moves, in ms, and how far it comes in that time, in %. */
const stepMs = 250;
const stepPercent = 20;
const positionAttribute = 0x0008;

/** IKEA FYRTUR: a roller blind on a battery, which looks for messages every second or two. */
export const blind: DeviceModel = {
  name: "IKEA FYRTUR",
  manufacturer: 0x117c,
  isRouter: false,
  sleeps: true,
  pollMs: 1_500,
  endpoints: [
    {
      id: 1,
      device: 0x0202,
      serves: {
        [cluster.basic]: basic({
          manufacturer: "IKEA of Sweden",
          model: "FYRTUR block-out roller blind",
          power: 3,
          firmware: "2.2.009",
        }),
        [cluster.powerConfiguration]: battery(61, 1),
        [cluster.identify]: {},
        [cluster.groups]: {},
        [cluster.scenes]: {},
        [cluster.pollControl]: {
          0: { type: zclType.uint32, value: 13_200 },
          1: { type: zclType.uint32, value: 6 },
          2: { type: zclType.uint16, value: 2 },
          3: { type: zclType.uint16, value: 80 },
        },
        [cluster.windowCovering]: {
          7: { type: zclType.bitmap8, value: 3 },
          [positionAttribute]: { type: zclType.uint8, value: 0 },
          0x17: { type: zclType.bitmap8, value: 0 },
        },
      },
      commands: [cluster.ota, cluster.touchlink],
    },
  ],
  behave: (device, { endpoint, cluster: of, command, payload }) => {
    if (of !== cluster.windowCovering) return undefined;
    const target = new Map([
      [0, 0],
      [1, 100],
      [2, positionOf(device)],
      [5, payload.left > 0 ? payload.u8() : 0],
    ]).get(command);
    if (target === undefined) return zclStatus.unsupportedCommand;
    move(device, endpoint, target);
    return zclStatus.success;
  },
};

const moves = new WeakMap<Device, { cancel(): void }>();

/** Moves step by step, and tells at each where it is. */
function move(device: Device, endpoint: number, target: number): void {
  moves.get(device)?.cancel();
  const timer = device.radio.clock.every(stepMs, () => {
    const left = target - positionOf(device);
    const step = Math.sign(left) * Math.min(stepPercent, Math.abs(left));
    device.set(endpoint, cluster.windowCovering, positionAttribute, positionOf(device) + step);
    device.report(endpoint, cluster.windowCovering, [positionAttribute]);
    if (positionOf(device) === target) timer.cancel();
  });
  moves.set(device, timer);
}

function positionOf(device: Device): number {
  return Number(device.get(1, cluster.windowCovering, positionAttribute));
}
