import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { serialPorts } from "../../../adapters/serial/usb.ts";
import { adapterKinds } from "../../../src/adapters.ts";
import type { Surroundings } from "../../../src/doctor/surroundings.ts";
import { detect } from "../../../src/setup/detect.ts";
import { conbee, gps, sim7600, sonoffP, UsbTree } from "../../support/usb-tree.ts";

function detectIn({ root, folders }: UsbTree): ReturnType<typeof detect> {
  const surroundings: Pick<Surroundings, "root" | "serialPorts"> = {
    root,
    serialPorts: () => serialPorts(folders),
  };
  return detect(surroundings, adapterKinds);
}

test("tells sticks, modems and what is neither", async () => {
  await using tree = await UsbTree.make(conbee, gps, sonoffP, ...sim7600);
  await mkdir(join(tree.root, "sys/class/bluetooth/hci0"), { recursive: true });
  const { sticks, modems, others, controllers } = await detectIn(tree);
  expect(sticks.map(({ port }) => port).toSorted()).toEqual(
    [conbee, sonoffP].map(({ name }) => join(tree.folders.byId, name)).toSorted(),
  );
  expect(modems).toEqual([{ name: "A modem (SIMCom)", port: "usb:1e0e:9001" }]);
  expect(others).toEqual([
    { name: "Something of u-blox AG (usb:1546:01a7)", port: join(tree.folders.byId, gps.name) },
  ]);
  expect(controllers).toEqual(["hci0"]);
});

test("a converter that no stick has is not taken for one", async () => {
  const meter = {
    ...sonoffP,
    name: "usb-FTDI-if00",
    vendor: "0403",
    product: "6001",
    manufacturer: "FTDI",
  };
  await using tree = await UsbTree.make(meter);
  const { sticks, others } = await detectIn(tree);
  expect(sticks).toEqual([]);
  expect(others[0]?.name).toBe("Something of FTDI (usb:0403:6001)");
});

test("a machine with nothing has nothing", async () => {
  await using tree = await UsbTree.make();
  expect(await detectIn(tree)).toEqual({ sticks: [], modems: [], others: [], controllers: [] });
});
