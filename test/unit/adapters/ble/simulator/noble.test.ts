import { once } from "node:events";
import { expect, test } from "vitest";
import {
  completeName,
  flags,
  manufacturerData,
} from "../../../../../adapters/ble/simulator/advertising-data.ts";
import type { Service } from "../../../../../adapters/ble/simulator/gatt.ts";
import { discovered, host } from "./noble-host.ts";

const lampAddress = "a4c138000001";

function lamp() {
  let value: Buffer = Buffer.from([7]);
  const long = Buffer.alloc(600, "abcdefghij");
  const services: Service[] = [
    {
      uuid: "180f",
      characteristics: [{ uuid: "2a19", properties: ["read"], read: () => Buffer.from([93]) }],
    },
    {
      uuid: "12345678-0000-4000-8000-00805f9b34fb",
      characteristics: [
        {
          uuid: "12345679-0000-4000-8000-00805f9b34fb",
          properties: ["read", "write", "notify"],
          read: () => value,
          write: (next) => void (value = next),
        },
        { uuid: "1234567a-0000-4000-8000-00805f9b34fb", properties: ["read"], read: () => long },
      ],
    },
  ];
  return {
    address: lampAddress,
    data: Buffer.concat([flags(), manufacturerData(0xffff, Buffer.from([1, 2, 3]))]),
    scanResponse: completeName("Lamp"),
    intervalMs: 100,
    services,
  };
}

test("powers on, scans, connects, discovers, reads and disconnects", async () => {
  await using it = await host();
  it.world.air.add(lamp());
  it.noble.startScanning([], true);
  const peripheral = await discovered(it.noble, lampAddress);
  expect(peripheral.advertisement.localName).toBe("Lamp");
  it.noble.stopScanning();
  await once(it.noble, "scanStop");
  await peripheral.connectAsync();
  const { services, characteristics } =
    await peripheral.discoverAllServicesAndCharacteristicsAsync();
  expect(services.map(({ uuid }) => uuid)).toEqual(["180f", "1234567800004000800000805f9b34fb"]);
  const [battery, , long] = characteristics;
  expect(await battery?.readAsync()).toEqual(Buffer.from([93]));
  expect((await long?.readAsync())?.length).toBe(600);
  await peripheral.disconnectAsync();
});
