/** Every bound of this adapter: what may grow, how far, and what happens there. */
export const limits = {
  /** Devices remembered; more are refused and counted. */
  peers: 2_000,
  /** Devices whose announced facts are remembered; beyond, all are announced anew. */
  announcedDevices: 5_000,
  /** Properties announced of one device; more are not carried, and counted. */
  announcedProperties: 256,
  /** Retained messages kept until the device they belong to is known; the oldest are dropped, counted. */
  unclaimed: 1_000,
  /** Length in characters of such a message; longer ones are dropped and counted. */
  unclaimedLength: 4_096,
  /** A radio that sends everything several times is done after this long, in ms. */
  copiesMs: 2_000,
  /** Devices of which the last message is remembered to tell its copies. */
  copied: 1_000,
  /** Native paths whose vocabulary rule is remembered; the rest is looked up each time. */
  rememberedPaths: 2_000,
  /** Requests whose device is remembered until it answers; the answer to an older one is nobody's. */
  rememberedRequests: 4_096,
  /** Nesting of a message that is read; real ones have three levels. */
  messageDepth: 6,

  /** Commands and reads that wait for their devices; more are refused with `rate_limited`. */
  pending: 1_000,
  /** When a wish is not confirmed by itself, the device is asked after this long, in ms. */
  readBackMs: 1_500,
  /** A wish the device took and never reports counts as acknowledged after this long, in ms. */
  acknowledgedMs: 4_000,
  /** A read of everything is complete when nothing more comes for this long, in ms. */
  quietMs: 500,
  /** What the last word needs to reach the asker before the asker gives up, in ms. */
  marginMs: 100,

  /** How long an unknown device may take to tell its hardware address, in ms. */
  identifyMs: 1_000,
  /** Events held for one unidentified device; beyond, the oldest are dropped and counted. */
  heldEvents: 200,
} as const;
