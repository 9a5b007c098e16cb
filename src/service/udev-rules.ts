import { madeBy } from "./unit-file.ts";
import { stickIds, type UsbIds } from "./usb-ids.ts";

const end = "koine_end";

/**
 * Lets the service open sticks and modems, and keeps ModemManager off them: it talks to whatever
 * looks like a modem, which upsets a stick, and holds the port.
 * @param modems those the configuration sends texts with; others stay with ModemManager, and with
 *   the mobile connection that it may keep up
 */
export function udevRules(modems: readonly UsbIds[]): string {
  return `${madeBy}, which writes it anew.
ACTION=="remove", GOTO="${end}"

# Zigbee sticks. Some are known by the converter in them alone, which other devices have, too.
${stickIds.map(ruleOf).join("\n")}

${modemPart(modems)}

LABEL="${end}"
`;
}

function modemPart(modems: readonly UsbIds[]): string {
  if (modems.length === 0) {
    return "# No modem on USB sends texts in the configuration: all modems are left to ModemManager.";
  }
  return `# Modems that send texts. ModemManager does not use them any more; one that hangs is withdrawn for a moment.
${modems.map((modem) => `${ruleOf(modem)}\n${resetRuleOf(modem)}`).join("\n")}`;
}

/** Lets the service take the power of a modem: `authorized` of its USB device is for the group. */
function resetRuleOf(modem: UsbIds): string {
  const file = "/sys%p/authorized";
  return `${usbDevice(modem)}, RUN+="/bin/chgrp dialout ${file}", RUN+="/bin/chmod g+w ${file}"`;
}

/** The port of a device is for the group, and the device is none of ModemManager's. */
function ruleOf(device: UsbIds): string {
  return `# ${device.name}
SUBSYSTEM=="tty", ${matching("ATTRS", device)}, GROUP="dialout", MODE="0660"
${usbDevice(device)}, ENV{ID_MM_DEVICE_IGNORE}="1"`;
}

function usbDevice(device: UsbIds): string {
  return `SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", ${matching("ATTR", device)}`;
}

function matching(key: "ATTR" | "ATTRS", { vendor, product }: UsbIds): string {
  const ofVendor = `${key}{idVendor}=="${vendor}"`;
  return product === undefined ? ofVendor : `${ofVendor}, ${key}{idProduct}=="${product}"`;
}
