import { readdir, readFile, realpath, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** A serial port, and what is plugged in there. */
export interface SerialPort {
  /** Under the name of what is plugged in, which stays when it is plugged in elsewhere. */
  readonly path: string;
  /** `/dev/ttyUSB0` */
  readonly device: string;
  readonly vendorId: string | undefined;
  readonly productId: string | undefined;
  readonly manufacturer: string | undefined;
  readonly serial: string | undefined;
}

/** Where Linux tells of its ports; elsewhere in tests. */
export interface SystemFolders {
  readonly byId: string;
  readonly tty: string;
}

/** @param root where the files of the machine are */
export function foldersBelow(root: string): SystemFolders {
  return { byId: join(root, "/dev/serial/by-id"), tty: join(root, "/sys/class/tty") };
}

export const systemFolders = foldersBelow("/");

/** How far above a port its USB device can be. */
const mostLevels = 6;

/** Every serial port with something from USB behind it; none where the system has no such folder. */
export async function serialPorts(folders: SystemFolders): Promise<readonly SerialPort[]> {
  const names = await readdir(folders.byId).catch(() => []);
  return Promise.all(
    names.toSorted((a, b) => a.localeCompare(b)).map((name) => portNamed(name, folders)),
  );
}

async function portNamed(name: string, { byId, tty }: SystemFolders): Promise<SerialPort> {
  const path = join(byId, name);
  const device = await realpath(path).catch(() => path);
  const usb = await usbFolder(join(tty, basename(device), "device"));
  const [vendorId, productId, manufacturer, serial] = await Promise.all(
    ["idVendor", "idProduct", "manufacturer", "serial"].map((file) => textIn(usb, file)),
  );
  return { path, device, vendorId, productId, manufacturer, serial };
}

/**
 * Takes the power of its USB device from a port for a moment, as far as the system can: it is
 * withdrawn and found anew. False when there is none, or when that is not allowed.
 * @param pause resolves when it was away for long enough
 */
export async function resetUsb(
  port: string,
  pause: () => Promise<void>,
  { tty }: SystemFolders = systemFolders,
): Promise<boolean> {
  const device = await realpath(port).catch(() => port);
  const usb = await usbFolder(join(tty, basename(device), "device"));
  if (usb === undefined) return false;
  try {
    await writeFile(join(usb, "authorized"), "0");
    await pause();
    return true;
  } catch {
    return false;
  } finally {
    await writeFile(join(usb, "authorized"), "1").catch(() => {});
  }
}

/** The folder of the USB device that a port belongs to. */
async function usbFolder(start: string): Promise<string | undefined> {
  let folder = await realpath(start).catch(() => undefined);
  for (let level = 0; folder !== undefined && level < mostLevels; level++) {
    if ((await textIn(folder, "idVendor")) !== undefined) return folder;
    folder = dirname(folder);
  }
  return undefined;
}

async function textIn(folder: string | undefined, file: string): Promise<string | undefined> {
  if (folder === undefined) return undefined;
  const text = await readFile(join(folder, file), "utf8").catch(() => "");
  return text.trim() || undefined;
}
