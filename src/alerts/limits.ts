/** Every bound of the alerts. */
export const alertLimits = {
  /** Rules, of the configuration and of others; more are refused. */
  rules: 500,
  /** Numbers that are usually given, and those for when all of these are taken. */
  usualNumbers: 99,
  alarms: 999,
  /** How long a number is not used again after its alarm is over, in ms. */
  numberRestMs: 86_400_000,
  /** How often durations, chains and quiet hours are looked at, in ms. */
  sweepMs: 1_000,
  /** How long an alarm that is over may come back as the same one, before that is told, in ms. */
  settleMs: 120_000,
  /** Times an alarm comes back before it is told that it comes and goes. */
  flaps: 3,
  /** How long that is not told again, in ms. */
  flapsAgainMs: 1_800_000,
  /** Texts to one person within `stormMs`; more become one digest. */
  storm: 3,
  stormMs: 120_000,
  /** Times the whole chain is gone through. */
  rounds: 5,
  /** How long after a text that could not be handed over the next step comes, in ms. */
  failedMs: 10_000,
  /** How often it is tried again where nobody could be told at all, in ms. */
  nobodyMs: 60_000,
  /** How often a critical alarm is told again when the chain was gone through so often, in ms. */
  criticalAgainMs: 1_800_000,
  /** An alarm that comes again so soon after it was over has its number again, in ms. */
  againMs: 3_600_000,
  /** One person is called so often at most, whatever is wrong, in ms. */
  callApartMs: 120_000,
  /** How long after a change it is looked for what nobody watches any more, in ms. */
  forgetMs: 2_000,
  /** How long values have to be old before a device counts as silent, in ms. */
  staleMs: 5_000,
  /** How long after the start adapters that say nothing are taken for gone, in ms. */
  adaptersMs: 120_000,
  /** How far the samples of a rate reach back, and how far they are apart at least, in ms. */
  samplesMs: 3_600_000,
  sampleApartMs: 15_000,
  /** A rate needs samples over at least this, in ms. */
  rateLeastMs: 300_000,
  /** The longest that something is muted, in s. */
  longestMuteS: 604_800,
} as const;
