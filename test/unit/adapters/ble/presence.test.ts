import { describe, expect, test } from "vitest";
import { limits } from "../../../../adapters/ble/limits.ts";
import { PrivateAddresses } from "../../../../adapters/ble/private-addresses.ts";
import {
  completeName,
  flags,
  manufacturerData,
} from "../../../../adapters/ble/simulator/advertising-data.ts";
import { beacon, iBeaconData } from "../../../../adapters/ble/simulator/devices/ibeacon.ts";
import { phoneIrk, resolvableAddress } from "../../../../adapters/ble/simulator/devices/phone.ts";
import { pvvxData } from "../../../../adapters/ble/simulator/devices/thermometer.ts";
import { Chance } from "../../../support/chance.ts";
import { Ear, sensorAddress, type Heard } from "../../../support/ble-ear.ts";

const tag = "e2c56db5dffb";
const beaconName = `${beacon.uuid.replaceAll("-", "")}-${beacon.major}-${beacon.minor}`;

function tagHeard(rest: Partial<Heard> = {}): Heard {
  const data = Buffer.concat([flags(), iBeaconData(beacon)]);
  return { address: tag, addressType: "random", data, ...rest };
}

const phoneData = Buffer.concat([flags(), manufacturerData(0x004c, Buffer.of(0x10, 0x01, 0x18))]);

describe("a beacon", () => {
  test("is no device until the configuration names it", async () => {
    const ear = await Ear.open();
    ear.hear(tagHeard());
    await ear.pass(1);
    expect(ear.devices).toEqual([]);
    expect(ear.seen).toMatchObject({ strongest: [{ beacon: beaconName }] });
  });

  test("that is named is here as soon as it is heard", async () => {
    const ear = await Ear.open({ devices: [{ beacon: beaconName, name: "Tractor key" }] });
    ear.hear(tagHeard());
    expect(ear.facts(beaconName)).toMatchObject({ name: "Tractor key", classes: ["tracker"] });
    expect(ear.told("presence", beaconName)).toEqual([true]);
  });

  test("named as its manufacturer writes it is the same", async () => {
    const name = `${beacon.uuid.toUpperCase()}-${beacon.major}-${beacon.minor}`;
    const ear = await Ear.open({ devices: [{ beacon: name }] });
    ear.hear(tagHeard());
    expect(ear.told("presence", beaconName)).toEqual([true]);
  });

  test("with another number is somebody else", async () => {
    const ear = await Ear.open({ devices: [{ beacon: `${beacon.uuid}-27-5` }] });
    ear.hear(tagHeard());
    expect(ear.told("presence", `${beaconName.slice(0, -1)}5`)).toEqual([]);
  });

  test("is away after the silence that is configured, and here again", async () => {
    const ear = await Ear.open({ devices: [{ beacon: beaconName, away: 120 }] });
    ear.hear(tagHeard());
    await ear.passWithOthers(120);
    expect(ear.told("presence", beaconName)).toEqual([true]);
    await ear.passWithOthers(2);
    expect(ear.told("presence", beaconName)).toEqual([true, false]);
    ear.hear(tagHeard());
    expect(ear.told("presence", beaconName)).toEqual([true, false, true]);
  });

  test("that was never heard is away, and not unknown for ever", async () => {
    const ear = await Ear.open({ devices: [{ beacon: beaconName, away: 60 }] });
    await ear.passWithOthers(62);
    expect(ear.told("presence", beaconName)).toEqual([false]);
  });

  test("is not away because the radio hears nobody", async () => {
    const ear = await Ear.open({ devices: [{ beacon: beaconName, away: 120 }] });
    ear.hear(tagHeard());
    await ear.pass(3_600);
    expect(ear.told("presence", beaconName).slice(0, 1)).toEqual([true]);
    expect(ear.told("presence", beaconName)).not.toContain(false);
  });

  test("that sends rarely is away later than one that sends often", async () => {
    const gone = async (everyS: number): Promise<number> => {
      const ear = await Ear.open({ devices: [{ beacon: beaconName }] });
      for (let n = 0; n < 60; n++) {
        ear.hear(tagHeard());
        await ear.passWithOthers(everyS);
      }
      let seconds = everyS;
      for (; !ear.told("presence", beaconName).includes(false); seconds++) {
        await ear.passWithOthers(1);
      }
      return seconds * 1_000;
    };
    expect(await gone(1)).toBeLessThanOrEqual(limits.awayFloorMs + 2_000);
    const rare = await gone(10);
    expect(rare).toBeGreaterThan(limits.awayFloorMs * 2);
    expect(rare).toBeLessThanOrEqual(limits.awayCeilingMs + 2_000);
  });

  test("too weak is not here", async () => {
    const ear = await Ear.open({ devices: [{ beacon: beaconName, min_rssi: -70 }] });
    for (let n = 0; n < 20; n++) ear.hear(tagHeard({ rssi: -75 }));
    expect(ear.told("presence", beaconName)).toEqual([]);
    for (let n = 0; n < 5; n++) ear.hear(tagHeard({ rssi: -60 }));
    expect(ear.told("presence", beaconName)).toEqual([true]);
  });

  test("at the edge of its strength does not come and go", async () => {
    const ear = await Ear.open({ devices: [{ beacon: beaconName, min_rssi: -70, away: 30 }] });
    ear.hear(tagHeard({ rssi: -65 }));
    for (let n = 0; n < 120; n++) {
      ear.hear(tagHeard({ rssi: n % 2 === 0 ? -68 : -74 }));
      await ear.pass(1);
    }
    expect(ear.told("presence", beaconName)).toEqual([true]);
  });
});

describe("a phone", () => {
  test("is known by its key, whatever its address", async () => {
    const random = new Chance(1).next;
    const ear = await Ear.open({ devices: [{ irk: phoneIrk, name: "Anna" }] });
    for (let n = 0; n < 20; n++) {
      const address = resolvableAddress(phoneIrk, random);
      ear.hear({ address, addressType: "random", data: phoneData });
      await ear.pass(60);
    }
    expect(ear.devices).toHaveLength(1);
    const [name = ""] = ear.devices;
    expect(ear.facts(name)).toMatchObject({ name: "Anna", classes: ["tracker"] });
    expect(ear.told("presence", name)).toEqual([true]);
  });

  test("is not called by its key", async () => {
    const ear = await Ear.open({ devices: [{ irk: phoneIrk }] });
    const address = resolvableAddress(phoneIrk, new Chance(1).next);
    ear.hear({ address, addressType: "random", data: phoneData });
    expect(JSON.stringify(ear.events)).not.toContain(phoneIrk);
    expect(ear.devices[0]).toMatch(/^[0-9a-f]{12}$/);
  });

  test("of somebody else is nobody", async () => {
    const random = new Chance(2).next;
    const ear = await Ear.open({ devices: [{ irk: phoneIrk }] });
    for (let n = 0; n < 50; n++) {
      const address = resolvableAddress("00112233445566778899aabbccddeeff", random);
      ear.hear({ address, addressType: "random", data: phoneData });
    }
    expect(ear.devices).toEqual([]);
  });

  test("with a key has a place to connect to that moves with it", async () => {
    const random = new Chance(3).next;
    const ear = await Ear.open({ devices: [{ irk: phoneIrk }] });
    let address = "";
    for (let n = 0; n < 3; n++) {
      address = resolvableAddress(phoneIrk, random);
      ear.hear({ address, addressType: "random", data: phoneData });
    }
    expect(ear.receiver.addressOf([["ble-phone", ear.devices[0] ?? ""]])).toBe(address);
  });
});

describe("a private address", () => {
  /* Bluetooth Core Specification 5.4, vol. 3, part H, appendix D.7: ah(irk, 708194) is 0dfbaa. */
  const irk = Buffer.from("ec0234a357c8ad05341010a60a397d9b", "hex");
  const addresses = new PrivateAddresses([["anna", irk]]);

  test("belongs to the key of the specification's example", () => {
    expect(addresses.ownerOf("7081940dfbaa")).toBe("anna");
  });

  test("with one bit changed belongs to nobody", () => {
    for (let bit = 0; bit < 24; bit++) {
      const changed = (0x0dfbaa ^ (1 << bit)).toString(16).padStart(6, "0");
      expect(addresses.ownerOf(`708194${changed}`)).toBeUndefined();
    }
  });

  test("is asked about only when it can be resolved", () => {
    expect(addresses.ownerOf("c081940dfbaa")).toBeUndefined();
    expect(addresses.ownerOf("008194000000")).toBeUndefined();
  });

  test("is known again after more strangers than are remembered", () => {
    const random = new Chance(4).next;
    for (let n = 0; n < limits.resolved * 2; n++) {
      addresses.ownerOf(resolvableAddress("00112233445566778899aabbccddeeff", random));
    }
    expect(addresses.ownerOf("7081940dfbaa")).toBe("anna");
  });
});

describe("a sensor as a tag", () => {
  const warm = pvvxData(sensorAddress, { celsius: 20, humidityPct: 40, count: 1 });

  test("has a presence when that is asked for", async () => {
    const ear = await Ear.open({ devices: [{ address: sensorAddress, tag: true, away: 60 }] });
    ear.hear({ data: warm });
    expect(ear.told("presence")).toEqual([true]);
    await ear.passWithOthers(62);
    expect(ear.told("presence")).toEqual([true, false]);
  });

  test("has none otherwise", async () => {
    const ear = await Ear.open({ devices: [{ address: sensorAddress }] });
    ear.hear({ data: warm });
    expect(ear.told("temperature")).toEqual([20]);
    expect(ear.told("presence")).toEqual([]);
  });
});

describe("who is in reach", () => {
  test("is summarised each minute, the strongest first", async () => {
    const ear = await Ear.open();
    ear.hear({ address: "c0ffee000001", addressType: "random", rssi: -80, data: flags() });
    ear.hear({
      address: "b0ffee000002",
      rssi: -50,
      isConnectable: true,
      data: Buffer.concat([flags(), completeName("Lamp")]),
    });
    await ear.pass(1);
    expect(ear.seen).toEqual({
      devices: 0,
      strangers: 2,
      changing: 0,
      strongest: [
        {
          address: "b0:ff:ee:00:00:02",
          name: "Lamp",
          rssi: -50,
          receivers: ["radio"],
          connectable: true,
          heard_s: 1,
        },
        {
          address: "c0:ff:ee:00:00:01",
          rssi: -80,
          receivers: ["radio"],
          connectable: false,
          heard_s: 1,
        },
      ],
    });
    ear.clear();
    await ear.pass(59);
    expect(ear.seen).toBeUndefined();
    await ear.pass(1);
    expect(ear.seen).toBeDefined();
  });

  test("names no address that changes", async () => {
    const ear = await Ear.open();
    const random = new Chance(5).next;
    for (let n = 0; n < 30; n++) {
      const address = resolvableAddress(phoneIrk, random);
      ear.hear({ address, addressType: "random", data: phoneData });
    }
    await ear.pass(1);
    expect(ear.seen).toMatchObject({ strangers: 30, changing: 30, strongest: [] });
  });

  test("has a bounded number of rows", async () => {
    const ear = await Ear.open();
    for (let n = 0; n < 300; n++) {
      ear.hear({ address: (0xb00000000000 + n).toString(16), data: flags() });
    }
    await ear.pass(1);
    expect(ear.seen?.["strangers"]).toBe(300);
    expect(ear.seen?.["strongest"]).toHaveLength(limits.seen);
  });

  test("forgets who was not heard for some minutes", async () => {
    const ear = await Ear.open();
    ear.hear({ address: "b0ffee000002", data: flags() });
    await ear.pass(limits.strangerMs / 1_000 + 61);
    expect(ear.seen).toMatchObject({ strangers: 0, strongest: [] });
  });
});
