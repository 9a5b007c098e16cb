import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { foldersBelow, type SystemFolders } from "../../adapters/serial/usb.ts";

export interface Plugged {
  readonly name: string;
  readonly tty: string;
  readonly vendor: string;
  readonly product: string;
  readonly manufacturer: string;
}

export const sonoffE: Plugged = {
  name: "usb-ITEAD_SONOFF_Zigbee_3.0_USB_Dongle_Plus_V2_20240122184111-if00",
  tty: "ttyACM0",
  vendor: "1a86",
  product: "55d4",
  manufacturer: "ITEAD",
};
export const sonoffP: Plugged = {
  name: "usb-ITead_Sonoff_Zigbee_3.0_USB_Dongle_Plus_0111-if00-port0",
  tty: "ttyUSB0",
  vendor: "10c4",
  product: "ea60",
  manufacturer: "ITead",
};
export const conbee: Plugged = {
  name: "usb-dresden_elektronik_ingenieurtechnik_GmbH_ConBee_II_DE2132111-if00",
  tty: "ttyACM1",
  vendor: "1cf1",
  product: "0030",
  manufacturer: "dresden elektronik ingenieurtechnik GmbH",
};
export const gps: Plugged = {
  name: "usb-u-blox_AG_GPS-if00",
  tty: "ttyACM2",
  vendor: "1546",
  product: "01a7",
  manufacturer: "u-blox AG",
};
/** The ports of one modem. */
export const sim7600: readonly Plugged[] = [2, 3].map((port) => ({
  name: `usb-SimTech__Incorporated_SimTech__Incorporated_0123456789ABCDEF-if0${port}-port0`,
  tty: `ttyUSB${port + 1}`,
  vendor: "1e0e",
  product: "9001",
  manufacturer: "SimTech, Incorporated",
}));

/** A folder in which everything lies as Linux has it below `/`, with what is plugged in. */
export class UsbTree implements AsyncDisposable {
  readonly root: string;
  readonly folders: SystemFolders;

  private constructor(root: string) {
    this.root = root;
    this.folders = foldersBelow(root);
  }

  static async make(...all: readonly Plugged[]): Promise<UsbTree> {
    const tree = new UsbTree(await mkdtemp(join(tmpdir(), "koine-usb-")));
    await mkdir(tree.folders.byId, { recursive: true });
    for (const one of all) await tree.plug(one);
    return tree;
  }

  async plug({ name, tty, vendor, product, manufacturer }: Plugged): Promise<void> {
    const usb = join(this.root, "sys/devices", tty);
    const port = join(usb, "1-1:1.0");
    await mkdir(port, { recursive: true });
    await mkdir(join(this.folders.tty, tty), { recursive: true });
    await writeFile(join(usb, "idVendor"), `${vendor}\n`);
    await writeFile(join(usb, "idProduct"), `${product}\n`);
    await writeFile(join(usb, "manufacturer"), `${manufacturer}\n`);
    await symlink(port, join(this.folders.tty, tty, "device"));
    await writeFile(join(this.root, "dev", tty), "");
    await symlink(join(this.root, "dev", tty), join(this.folders.byId, name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}
