import { z } from "koine/adapter";
import { peerShape } from "../../peers.ts";

export const zwavePeerSchema = z.object({
  ...peerShape,
  root: z.string(),
  temperatureUnit: z.enum(["C", "F"]),
  /** It said that it moves a cover: its levels are positions. */
  isCover: z.boolean().optional(),
});
/** What is remembered of a node, or of the gateway. */
export type ZwavePeer = Readonly<z.infer<typeof zwavePeerSchema>>;
