/** Every bound of this adapter: what may grow, how far, and what happens there. */
export const limits = {
  /** How long the stick may take until its network is up, in ms; then it is tried again. */
  startMs: 120_000,
  /** How long the library may block this thread: while it loads, and while it loads a vendor's file. */
  stallMs: 30_000,
  /** How long closing the port may take, in ms; then it is left behind. */
  closeMs: 1_000,
  /** When nothing is heard for this long, in ms, the stick is asked whether it is there. */
  probeEveryMs: 30_000,
  /** How long it may take to answer that, in ms. */
  probeMs: 10_000,
  /** After so many questions without an answer the link is given up and opened again. */
  probesFailed: 2,

  /** Generations kept of the files of the network. */
  generations: 5,
  /** How often the stick is read out into its backup, in ms: its frame counter moves all the time. */
  backupEveryMs: 3_600_000,
  /** Bytes of a file that is restored or imported. */
  fileBytes: 16 * 1_048_576,

  /** Files of models are kept for this long after the last device came, in ms. */
  modelsMs: 5_000,
  /** Devices of a network; a stick has room for fewer. */
  devices: 500,
  /** Groups. */
  groups: 200,
  /** Values remembered of one device for its converters; more are dropped and counted. */
  stateKeys: 512,
  /** Messages of one device that are being converted; more are dropped and counted. */
  converting: 64,
  /** The longest time readings are held back, in multiples of the device's `debounce`. */
  debounceTimes: 5,

  /** Commands and reads under way to one device; more are refused with `rate_limited`. */
  underWayOfDevice: 8,
  /** Commands and reads under way to all; more are refused with `rate_limited`. */
  underWay: 200,
  /** A device that was heard this recently is believed to be there, in ms. */
  provenMs: 60_000,
  /** Requests at a time to devices that did not answer the last one: a stick has few places. */
  suspects: 2,
  /** How many of those may wait for such a place; more are refused with `rate_limited`. */
  suspectsWaiting: 100,
  /** A wish that is not reported by itself is asked for after this long, and once more, in ms. */
  readBackMs: [400, 1_500],
  /** The same, of a device that was not set up to report anything. */
  readBackSilentMs: [60, 1_200],
  /** How long a wish that was acknowledged may go on without a report, in ms. */
  acknowledgedMs: 3_000,
  /** What the last word needs to reach the asker before the asker gives up, in ms. */
  marginMs: 250,

  /** A sleeper that does not answer within this, in ms, has its command queued. */
  sleeperMs: 1_200,
  /** Commands queued for one sleeper; the oldest make room for newer ones of the same kind. */
  queuedOfDevice: 16,
  /** Commands queued in all; more are refused with `rate_limited`. */
  queued: 500,
  /** How long a command waits for a sleeper where its asker does not say, in ms. */
  queuedMs: 86_400_000,

  /** The longest time devices may join, in s: the network itself knows no longer one. */
  permitJoinS: 254,
  /** How often what is left of it is told, in ms. */
  countdownMs: 5_000,

  /** How often a device that has not told what it is is asked again in one run. */
  interviewTries: 5,
  /** How long after one try the next may follow, in ms. */
  interviewAgainMs: 10_000,

  /** How often a device is set up anew in one run before it is left as it is. */
  configureTries: 3,
  /** How long after one try the next may follow, in ms. */
  configureAgainMs: 60_000,
  /** Devices being set up at a time. */
  configuring: 2,

  /** A device on mains that is silent for this long is asked whether it is there, in ms. */
  pingAfterMs: 600_000,
  /** How long one may take to tell its state after a start, in ms. */
  refreshMs: 10_000,
  /** How often it is looked for silent ones, in ms. */
  pingEveryMs: 5_000,
  /** Pings to devices that do not answer come ever more rarely, at most this far apart, in ms. */
  pingCeilingMs: 3_600_000,
  /** Pings without an answer until a device is believed to be gone. */
  pingsFailed: 2,
  /** A device that says nothing that has a value is reported as heard this often, in ms. */
  heardEveryMs: 30_000,

  /** Bytes of a firmware image. */
  imageBytes: 16 * 1_048_576,
  /** Firmware updates at a time. */
  updates: 1,
  /** Between two blocks of an image, in ms. */
  blockDelayMs: 50,
  /** How long a device may take to ask for the next block, in ms. */
  blockMs: 150_000,
  /** Routers asked for a network map. */
  mapRouters: 100,
  /** How long one may take to answer, in ms. */
  mapMs: 10_000,
} as const;
