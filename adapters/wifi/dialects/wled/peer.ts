import { z } from "koine/adapter";
import { number, words } from "../../../reading/codec.ts";
import { rootedPeerShape } from "../../named-peer.ts";
import { TopicTable } from "../../topic-table.ts";

export const wledPeerSchema = z.object({
  ...rootedPeerShape,
  /** Whether it has told of a white channel. */
  hasWhite: z.boolean().optional(),
});
/** What is remembered of one WLED light. */
export type WledPeer = Readonly<z.infer<typeof wledPeerSchema>>;

export const switched = words({ on: true, off: false });

/** Sensors and relays that add-ons of the firmware have. */
export const addOns = new TopicTable([
  { topic: "relay/<n>", is: "onoff", part: "relay", codec: switched, set: "relay/<n>/command" },
  { topic: "temperature", is: "temperature", codec: number() },
  { topic: "dht/temperature", is: "temperature", codec: number() },
  { topic: "humidity", is: "humidity", codec: number() },
  { topic: "dht/humidity", is: "humidity", codec: number() },
  { topic: "pressure", is: "pressure", codec: number() },
  { topic: "brightness", is: "illuminance", codec: number() },
  { topic: "luminance", is: "illuminance", codec: number() },
  { topic: "battery", is: "battery", codec: number() },
  { topic: "batteryPercent", is: "battery", codec: number() },
  { topic: "voltage", is: "battery_voltage", codec: number() },
  { topic: "batteryVoltage", is: "battery_voltage", codec: number() },
  { topic: "motion", is: "motion", codec: switched },
  { topic: "motion/<n>", is: "motion", codec: switched },
]);
