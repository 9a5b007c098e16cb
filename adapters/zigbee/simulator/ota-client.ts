import { Writer } from "./bytes.ts";
import { cluster } from "./clusters.ts";
import type { ClusterCommand, Device } from "./device.ts";
import { zclStatus } from "./zcl.ts";

/** Commands of the OTA cluster: ZCL §11.13. */
const command = {
  imageNotify: 0,
  queryNextImage: 1,
  queryNextImageResponse: 2,
  imageBlock: 3,
  imageBlockResponse: 5,
  upgradeEnd: 6,
  upgradeEndResponse: 7,
} as const;

const blockLength = 64;
/** A block that does not come is asked for again after this long, in ms. */
const repeatMs = 400;
const imageType = 0x1101;
const oldVersion = 1;

interface Download {
  version: number;
  size: number;
  image: Buffer;
  isRunning: boolean;
  repeat?: { cancel(): void };
}

const downloads = new WeakMap<Device, Download>();

/** What a device has downloaded, once it has all of it. */
export function downloaded(device: Device): Buffer | undefined {
  const known = downloads.get(device);
  return known && !known.isRunning ? known.image : undefined;
}

/** The version of its firmware, as it tells it to whoever has images. */
export function imageVersion(device: Device): number {
  return downloads.get(device)?.version ?? oldVersion;
}

/** Which image it takes, for whoever makes one. */
export function imageKind(device: Device): { manufacturer: number; imageType: number } {
  return { manufacturer: device.model.manufacturer, imageType };
}

/** Asks whether there is newer firmware, as devices do every so often. */
export function askForImage(
  device: Device,
  endpoint = endpointOf(device),
  sequence?: number,
): void {
  const payload = new Writer()
    .u8(0)
    .u16(device.model.manufacturer, imageType)
    .u32(imageVersion(device));
  say(device, endpoint, command.queryNextImage, payload, sequence);
}

/** Takes new firmware, block by block. */
export function download(device: Device, asked: ClusterCommand): number | "answered" | undefined {
  if (asked.cluster !== cluster.ota) return undefined;
  const { endpoint, payload } = asked;
  switch (asked.command) {
    case command.imageNotify:
      askForImage(device, endpoint);
      return "answered";
    case command.queryNextImageResponse: {
      if (payload.u8() !== zclStatus.success) return zclStatus.success;
      payload.take(4);
      const [version, size] = [payload.u32(), payload.u32()];
      downloads.set(device, { version, size, image: Buffer.alloc(0), isRunning: true });
      askForBlock(device, endpoint);
      return "answered";
    }
    case command.imageBlockResponse:
      takeBlock(device, asked);
      return "answered";
    case command.upgradeEndResponse: {
      const running = downloads.get(device);
      if (running) running.isRunning = false;
      device.radio.clock.after(50, () => device.rejoin());
      return "answered";
    }
    default:
      return undefined;
  }
}

function takeBlock(device: Device, { endpoint, payload }: ClusterCommand): void {
  const running = downloads.get(device);
  if (!running || payload.u8() !== zclStatus.success) return;
  payload.take(8);
  const offset = payload.u32();
  if (offset !== running.image.length) return;
  running.repeat?.cancel();
  running.image = Buffer.concat([running.image, payload.take(payload.u8())]);
  if (running.image.length < running.size) return askForBlock(device, endpoint);
  const { manufacturer } = device.model;
  const end = new Writer().u8(zclStatus.success).u16(manufacturer, imageType).u32(running.version);
  say(device, endpoint, command.upgradeEnd, end);
}

function askForBlock(device: Device, endpoint: number): void {
  const running = downloads.get(device);
  if (!running) return;
  const payload = new Writer()
    .u8(0)
    .u16(device.model.manufacturer, imageType)
    .u32(running.version)
    .u32(running.image.length)
    .u8(blockLength);
  say(device, endpoint, command.imageBlock, payload);
  running.repeat = device.radio.clock.after(repeatMs, () => askForBlock(device, endpoint));
}

function say(
  device: Device,
  endpoint: number,
  which: number,
  payload: Writer,
  sequence?: number,
): void {
  device.say(endpoint, cluster.ota, {
    isSpecific: true,
    isToClient: false,
    command: which,
    payload,
    ...(sequence !== undefined && { sequence }),
  });
}

function endpointOf({ model }: Device): number {
  return model.endpoints.find(({ commands }) => commands.includes(cluster.ota))?.id ?? 1;
}
