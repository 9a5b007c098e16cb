import type { Need } from "koine/adapter";
import { foldersBelow } from "../serial/usb.ts";
import type { ModemConfig, SmsConfig } from "./config.ts";
import { examine } from "./modem/examine.ts";
import { placesOf } from "./modem/places.ts";

const what = "modem";

/** Its modems; providers are asked by the adapter itself, when it has something to ask. */
export function needs({ modems }: SmsConfig): readonly Need[] {
  return modems.map(needOf);
}

function needOf(modem: ModemConfig): Need {
  const { port } = modem;
  if (port.startsWith("tcp:")) {
    return {
      type: "server",
      what,
      url: new URL(port),
      examine: (context) => examine(modem, [port], context),
    };
  }
  return {
    type: "serial",
    what,
    port,
    find: (root) => placesOf(port, foldersBelow(root)),
    examine: (paths, context) => examine(modem, paths, context),
  };
}
