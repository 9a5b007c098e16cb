import type { AdapterKinds } from "../config/load.ts";
import { namesIn } from "../doctor/machine-files.ts";
import type { PluggedIn, Surroundings } from "../doctor/surroundings.ts";
import { modemIds, nameOfUsb } from "../service/usb-ids.ts";

/** Something that is plugged in, and how a configuration names it. */
export interface Found {
  /** What people call it. */
  readonly name: string;
  /** For `port:`; stays the same when it is plugged in elsewhere. */
  readonly port: string;
}

/** What this machine has for a gateway. */
export interface Detected {
  readonly sticks: readonly Found[];
  readonly modems: readonly Found[];
  /** Serial ports with something behind them that nobody knows. */
  readonly others: readonly Found[];
  /** `hci0` */
  readonly controllers: readonly string[];
}

/** Looks at what is plugged in; opens nothing. */
export async function detect(
  surroundings: Pick<Surroundings, "root" | "serialPorts">,
  kinds: AdapterKinds,
): Promise<Detected> {
  const ports = await surroundings.serialPorts();
  const sticks: Found[] = [];
  const others: Found[] = [];
  for (const port of ports.filter((one) => !isModem(one))) {
    const { path, manufacturer = "an unknown maker" } = port;
    if (await isStick(port, surroundings.root, kinds)) {
      sticks.push({ name: `Zigbee stick of ${manufacturer}`, port: path });
    } else others.push({ name: nameOfUsb(port), port: path });
  }
  // One modem has several ports; by its ids the one is found that takes commands.
  const modems = new Map(ports.filter(isModem).map((port) => [idsOf(port), nameOfUsb(port)]));
  const controllers = await namesIn(surroundings, "/sys/class/bluetooth");
  return {
    sticks,
    modems: [...modems].map(([port, name]) => ({ name, port })),
    others,
    controllers: controllers.filter((name) => /^hci\d+$/.test(name)).toSorted(),
  };
}

function isModem({ vendorId, productId }: PluggedIn): boolean {
  return modemIds.some(
    ({ vendor, product = productId }) =>
      vendor === vendorId?.toLowerCase() && product === productId?.toLowerCase(),
  );
}

function idsOf({ vendorId = "", productId = "" }: PluggedIn): string {
  return `usb:${vendorId}:${productId}`.toLowerCase();
}

/** Whether the adapter knows what it is: by more than its ids, which converters of all kinds have. */
async function isStick({ path }: PluggedIn, root: string, kinds: AdapterKinds): Promise<boolean> {
  const kind = await kinds.load("zigbee", ".");
  const parsed = kind?.configSchema.safeParse({ port: path });
  if (!kind?.needs || parsed?.success !== true) return false;
  const [need] = kind.needs(parsed.data);
  if (need?.type !== "serial") return false;
  return need.find(root).then(
    () => true,
    // It cannot be told what it is.
    () => false,
  );
}
