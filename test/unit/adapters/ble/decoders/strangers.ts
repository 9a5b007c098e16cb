import type { Structures } from "../../../../../adapters/ble/advertisement.ts";

const apple = 0x004c;
const nothing: Structures = { companyData: [], serviceData: [], serviceUuids: [] };

function ofCompany(company: number, hex: string, more: Partial<Structures> = {}): Structures {
  return { ...nothing, companyData: [{ company, data: Buffer.from(hex, "hex") }], ...more };
}

function ofService(uuid: string, hex: string, more: Partial<Structures> = {}): Structures {
  const serviceData = [{ uuid, data: Buffer.from(hex, "hex") }];
  return { ...nothing, serviceData, serviceUuids: [uuid], ...more };
}

/**
 * What is on the air in any street and measures nothing: telephones, headphones, televisions, things to
 * find keys with. Apple's by furiousMAC/continuity, Google's by its documents of Fast Pair, Find My
 * Device and Exposure Notification, Microsoft's by MS-CDP, Tuya's by its Bluetooth protocol.
 */
export const strangers: readonly (readonly [what: string, frame: Structures])[] = [
  ["AirPrint", ofCompany(apple, "0316746f02770a00019c0277000000000000000000000000")],
  ["AirDrop", ofCompany(apple, "0512000000000000000001a1b2c3d4e5f60700b0")],
  ["HomeKit", ofCompany(apple, "0631007cc9ac31b1d10a001500020215a4b3c2")],
  ["AirPods", ofCompany(apple, "0719010e20752ba5310045123412345678901234567890123456789012")],
  ["AirPlay, where to", ofCompany(apple, "0906031ec0a80117")],
  ["AirPlay, where from", ofCompany(apple, "0a0100")],
  ["Handoff", ofCompany(apple, "0c0e00b8d2a1c5e6f708192a3b4c5d6e10055118a1b2c3")],
  ["a hotspot", ofCompany(apple, "0e0601040a00041e")],
  ["an iPhone that is near", ofCompany(apple, "1006031e9a3f1c2b")],
  ["an Apple Watch that is near", ofCompany(apple, "10050198f2c3d4")],
  ["an AirTag", ofCompany(apple, "121910a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60100")],
  ["an iBeacon", ofCompany(apple, "0215e2c56db5dffb48d2b060d0f5a71096e000010002c5")],
  ["an AltBeacon", ofCompany(0x0118, "beac2f234454cf6d4a0fadf2f4911ba9ffa600010002c500")],
  ["Windows", ofCompany(0x0006, "01092022c1f7a9e2b3d4c5f60718293a4b5c6d7e8f9010111213")],
  ["Swift Pair", ofCompany(0x0006, "030080426f6c6420486561647068")],
  ["a Samsung telephone", ofCompany(0x0075, "4204018060a1b2c3d4e5f6a3b2c3d4e5f60100000000000000")],
  ["a Samsung television", ofCompany(0x0075, "42040180ac8cc8fed1b2c38ec8fed1b2c20100000000000000")],
  ["Galaxy Buds", ofCompany(0x0075, "4209810214150321010917030c2c00a1b2c3d4e5f60718293a")],
  ["a SmartTag", ofService("fd5a", "1370d5e1020a0bccfd2a7b0200000000a1b2c3d4")],
  ["a Tile", ofService("feed", "0200a1b2c3d4e5f60718")],
  ["Fast Pair, ready to pair", ofService("fe2c", "a1b2c3")],
  ["Fast Pair, paired", ofService("fe2c", "00604a8be71fc2d3e4111a3334a1b2")],
  ["Nearby Share", ofService("fef3", "4a17234c4d464b1132a1b2c3d4e5f60718293a4b5c6d7e8f90a1")],
  ["a Chromecast", ofService("fea0", "1401a1b2c3d4e5f6")],
  ["Google's Find My Device", ofService("feaa", "40a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4")],
  [
    "Google's tag away from its owner",
    ofService("feaa", "41a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4"),
  ],
  ["an Eddystone with a name", ofService("feaa", "00ec8b0ca750095477cb3e770011223344550000")],
  ["an Eddystone with an address", ofService("feaa", "10f603676f6f2e676c2f5068")],
  ["Exposure Notification", ofService("fd6f", "a1b2c3d4e5f60718293a4b5c6d7e8f9040080000")],
  ["Matter", ofService("fff6", "00000ff1ff018000")],
  ["Sony headphones", ofCompany(0x012d, "04000142a1b2c3d4e5f607")],
  ["Bose headphones", ofService("febe", "a0102a3b4c5d6e7f")],
  ["a JBL loudspeaker", ofCompany(0x0057, "ec1f0a1b2c3d4e5f6071")],
  ["an LG television", ofCompany(0x00c4, "0234151317fd80c0a1b2c3d4e5f6")],
  ["Philips Hue", ofService("fe0f", "0210a1b2c302")],
  ["a Fitbit", ofService("180a", "2b04c7", { localName: "Charge 4" })],
  ["a Garmin watch", ofCompany(0x0087, "e1100d0d0000")],
  ["an Amazon Echo", ofCompany(0x0171, "00a1b2c3d4e5f6")],
  ["a Meta Quest", ofCompany(0x01ab, "0201a1b2c3d4")],
  ["a GoPro", ofCompany(0x02f2, "020103d4e5f60718293a4b5c")],
  ["a Huawei telephone", ofCompany(0x027d, "0103010117a1b2c3d4")],
  ["a heart rate belt of anybody's", ofService("180d", "0648", { localName: "HRM-Dual:123456" })],
  ["a full battery of anybody's", ofService("180f", "64")],
  ["a thermostat of Tuya's", ofService("a201", "006b687977677661")],
  ["a lamp of Tuya's", ofService("fd50", "006b68797767766164")],
  [
    "a lamp that is paired, of Tuya's",
    ofCompany(0x07d0, "00030000011d4e1f3c5a6b7c8d9eafb0c1d2e3f4"),
  ],
  ["a keyboard", { ...nothing, serviceUuids: ["1812", "180f"], localName: "MX Keys" }],
  [
    "a chip of Nordic's that waits for its firmware",
    ofCompany(0x0059, "a1b2c3d4e5f6", { serviceUuids: ["fe59"] }),
  ],
  ["a chip of Nordic's with ten bytes of its own", ofCompany(0x0059, "037043b6c3e0f509fae3")],
  [
    "a Thingy",
    { ...nothing, serviceUuids: ["ef6801009b3549339b1052ffa9740042"], localName: "Thingy" },
  ],
  ["a SensorTag of Texas Instruments", ofCompany(0x000d, "030000", { serviceUuids: ["aa80"] })],
  ["an ESP32", ofCompany(0x02e5, "a1b2c3d4e5f60102030405060708")],
  ["a hobby of somebody's", ofCompany(0xffff, "48656c6c6f20776f726c64")],
];
