/** Every bound of this adapter, with its unit and what happens when it is reached. */
export const limits = {
  /** Senders remembered at a time; the one not heard for longest is forgotten, and counted. */
  senders: 4_096,
  /** Of these, such that are devices: the others are never pushed out by strangers. */
  devices: 1_000,
  /** Sensors that appear by themselves; more are counted and named in `bridge/seen`. */
  adopted: 200,
  /** Receivers of one sender that are compared; the one not heard for longest is forgotten. */
  receivers: 8,
  /** Properties of one device whose last value is remembered, for what need not be told again. */
  properties: 100,
  /** Counters of this adapter: as many as it has names for. */
  counters: 100,
  /** Structures of one frame, in bytes; an extended advertisement may have so many. */
  frameBytes: 1_650,
  /** Frames of fragments that are being put together; the oldest is dropped, and counted. */
  fragments: 32,
  /** Rows of `bridge/seen/ble`: the strongest strangers. */
  seen: 50,
  /** Time between two summaries of who is in reach, in ms. */
  seenMs: 60_000,
  /** A stranger not heard for so long is not in reach any more, in ms. */
  strangerMs: 300_000,
  /** Copies of a frame without a longer pause than `pressMs` are read again after so long, in ms. */
  copyMs: 10_000,
  /** An advertisement and an answer to a scan belong together if no more than this lies between, in ms. */
  halfMs: 30_000,
  /** A frame of another receiver counts when the best one was silent for so long, in ms. */
  takeoverMs: 10_000,
  /** Another receiver is the better one when it hears the sender this much stronger, in dB. */
  hysteresisDb: 6,
  /** RSSI is told when it moved so far, in dB, and at most so often, in ms. */
  rssiStepDb: 5,
  rssiMs: 30_000,
  /** RSSI that hardly moved is told so often, in ms. */
  rssiRefreshMs: 300_000,
  /** Services of one sender that are remembered from its other frames. */
  serviceUuids: 16,
  /** A frame with a press that is repeated without a longer pause is one press, in ms. */
  pressMs: 2_500,
  /** Why frames of a device are refused is told so often, in ms, for each reason. */
  refusalMs: 30_000,
  /** What is told of one device at once; above, presses are dropped and values wait. */
  tellsBurst: 50,
  /** And what may be told of it in a second for long. */
  tellsPerS: 10,
  /** Resolvable private addresses whose owner is remembered; the oldest is forgotten. */
  resolved: 1_024,
  /** A counter that went back by at most so many is a copy that came late, not a restart. */
  lateCopies: 64,
  /** So many messages with ever higher counters, after one that went back, are a restart. */
  restartProof: 3,
  /** A configured address that sent so many beacons, and nothing else, is a beacon. */
  beaconProof: 3,
  /** How often silence is looked for, in ms. */
  watchMs: 5_000,
  /** Silence of the radio after which the scan is started again, in ms. */
  silentMs: 60_000,
  /** Time for each next step of mending, in ms. */
  stepMs: 30_000,
  /** Once nothing has helped, all of it is tried again after so long, in ms. */
  patienceMs: 3_600_000,
  /** Longest silence that is learned to be usual where few senders are, in ms. */
  quietMs: 1_800_000,
  /** Time for the controller to answer a command, in ms. */
  commandMs: 5_000,
  /** Time for the controller to become ready, in ms. */
  openMs: 15_000,
  /** Delay before a radio beside relays is opened again, in ms. */
  radioRetryMs: 60_000,
  /** Tries in one process; then it is started anew, relays and all. */
  radioTries: 100,
  /** Longest stall that a connection may cause, in ms: a blocking connect of the system. */
  stallMs: 45_000,
  /** Time in which a device that is to be connected to must be heard, in ms: below that of a command. */
  findMs: 8_000,
  /** Time for the connection, in ms. */
  connectMs: 20_000,
  /** Time for one read, write or subscription, in ms. */
  callMs: 5_000,
  /** Devices that wait for a connection; a further command is refused. */
  waiting: 50,
  /** Value of a characteristic, in bytes; ATT allows no more. */
  valueBytes: 512,
  /** Time between two visits of a device that did not answer, in ms; doubles up to an hour. */
  revisitMs: 60_000,
  revisitCeilingMs: 3_600_000,
  /** How often a device that is to be connected to is looked for, in ms. */
  lookMs: 250,
  /** A sender heard within so long is in reach of a connection, in ms. */
  inReachMs: 30_000,
  /** Relayed advertisements in one message; more are dropped, and counted. */
  relayed: 200,
  /** Advertisements that wait to be relayed; the oldest is dropped, and counted. */
  relayQueue: 500,
  /** Time over which advertisements for another gateway are gathered, in ms. */
  relayMs: 200,
  /** The same frame of a sender is told to another gateway again after so long, in ms. */
  relayCopyMs: 2_000,
  /** Delay before a relay is connected to again, in ms; doubles up to the ceiling. */
  relayRetryMs: 1_000,
  relayRetryCeilingMs: 60_000,
  /** Shortest and longest time after which a phone or beacon is away, in ms. */
  awayFloorMs: 60_000,
  awayCeilingMs: 900_000,
} as const;
