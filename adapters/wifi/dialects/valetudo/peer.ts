import { z } from "koine/adapter";
import { rootedPeerShape } from "../../named-peer.ts";

export const valetudoPeerSchema = z.object({
  ...rootedPeerShape,
  /** Units that the robot tells of its properties, by topic. */
  units: z.record(z.string(), z.string()).readonly(),
  /** Presets that it can take, as it tells them, by topic. */
  formats: z.record(z.string(), z.string()).readonly().default({}),
});
/** What is remembered of one robot. */
export type ValetudoPeer = Readonly<z.infer<typeof valetudoPeerSchema>>;
