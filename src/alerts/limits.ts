/** Every bound of the alerts. */
export const alertLimits = {
  /** Rules, of the configuration and of others; more are refused. */
  rules: 500,
  /** Alarms at once; more are counted and not raised. */
  alarms: 99,
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
  /** Samples that a rate is told from, and how far they reach back, in ms. */
  samples: 240,
  samplesMs: 3_600_000,
  /** A rate needs samples over at least this, in ms. */
  rateLeastMs: 300_000,
  /** Alarms in one digest. */
  digestLines: 6,
  /** The longest that something is muted, in s. */
  longestMuteS: 604_800,
} as const;
