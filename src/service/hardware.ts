import type { AdapterInstance } from "../config/load.ts";
import type { Need } from "../core/adapter.ts";
import { modemIds, type UsbIds } from "./usb-ids.ts";

/** What the adapters of a configuration use of the machine, beyond serial ports and the network. */
export interface Hardware {
  readonly bluetooth: boolean;
  /** Modems on USB that send texts. */
  readonly modems: readonly UsbIds[];
}

type Instance = Pick<AdapterInstance, "config"> & {
  readonly kind: Pick<AdapterInstance["kind"], "needs">;
};

/** By what the adapters say that they need. */
export function hardwareOf(adapters: readonly Instance[]): Hardware {
  const needs = adapters.flatMap(({ kind, config }) => kind.needs?.(config) ?? []);
  const modems = needs.flatMap(idsOf);
  return {
    bluetooth: needs.some(({ type }) => type === "bluetooth"),
    modems: [...new Map(modems.map((ids) => [`${ids.vendor}:${ids.product}`, ids])).values()],
  };
}

/** Those that are meant by `usb:1e0e:9001`; behind a path it may be any that is known. */
function idsOf(need: Need): readonly UsbIds[] {
  if (need.type !== "serial" || need.what !== "modem") return [];
  const [, vendor, product] = /^usb:([0-9a-f]{4}):([0-9a-f]{4})/i.exec(need.port) ?? [];
  if (vendor === undefined) return modemIds;
  return [
    { vendor: vendor.toLowerCase(), product: product?.toLowerCase(), name: `"${need.port}"` },
  ];
}
