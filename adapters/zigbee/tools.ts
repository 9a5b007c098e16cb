import type { Tool } from "koine/adapter";
import { restoreBackup } from "./backup.ts";
import { forgetNetwork } from "./safety.ts";
import { importZigbee2mqtt } from "./zigbee2mqtt.ts";

/** What can be done with the files of a network while the gateway does not run. */
export const tools: Readonly<Record<string, Tool>> = {
  restore: {
    description: "put a backup of the network back, onto this stick or a new one",
    argument: ["file", "what koine zigbee backup printed"],
    run: restoreBackup,
  },
  import: {
    description: "take over a network from zigbee2mqtt: devices, keys and names",
    argument: ["folder", "the data folder of zigbee2mqtt"],
    run: importZigbee2mqtt,
  },
  "forget-network": {
    description:
      "give the network up: the next start makes a new one, and all devices must join anew",
    argument: ["yes", "the word yes"],
    run: async ({ argument, directory, nowMs }) => {
      if (argument !== "yes") return ["Nothing was done: say yes to give the network up."];
      const moved = await forgetNetwork(directory, nowMs);
      return moved.length === 0
        ? ["There is no network to give up."]
        : [`Moved aside: ${moved.join(", ")}. The next start makes a new network.`];
    },
  },
};
