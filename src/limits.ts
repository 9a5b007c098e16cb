/**
 * Every bound of Koine in one place: what may grow, how far, and what happens there. Where something
 * is given up a counter says so, below `dropped` or `refused`. An adapter has a `limits.ts` of its
 * own: it imports nothing of ours.
 */
export const limits = {
  /** Different counter names; more are counted together. */
  counterNames: 2_000,

  /** Nesting of JSON from outside; deeper documents are refused. */
  jsonDepth: 32,

  /** Devices in the registry; more are refused and counted. */
  devices: 5_000,
  /** Kinds of misunderstandings shown of one device; the oldest are forgotten. */
  diagnosticsPerDevice: 8,
  /** Properties of one device; more are refused and counted. */
  propertiesPerDevice: 512,
  /** Identifiers of one device; more are ignored and counted. */
  identifiersPerDevice: 16,
  /** Characters of a name, model or other text of a description; longer ones are cut. */
  descriptionTextLength: 128,
  /** JSON characters of one value; larger ones are refused and counted. */
  valueLength: 4_096,

  /** Events of one adapter that wait for the registry; above, the oldest readings are dropped. */
  adapterEvents: 4_000,
  /** Entries an adapter may keep in its own store namespace; more are refused. */
  adapterStoreEntries: 20_000,
  /** How long a stopping adapter may take before it is abandoned, in ms. */
  adapterStopMs: 3_000,
  /** How often the guest in a worker tells that it lives, in ms of real time. */
  guestBeatMs: 1_000,
  /** A guest that is silent for longer is replaced, in ms of real time. */
  guestSilentMs: 5_000,
  /** How long the module of an adapter may take to load, in ms of real time. */
  adapterLoadMs: 10_000,
  /** How long after it is online a thread gives back what starting it has left, in ms of real time. */
  compactAfterMs: 8_000,
  /** How long a guest may take to load its libraries, in ms of real time. */
  guestStartMs: 30_000,
  /** The longest stall a guest may announce, in ms. */
  guestStallMs: 60_000,
  /** How long a stopping guest may take before its thread is ended, in ms; below `adapterStopMs`. */
  guestStopMs: 2_000,
  /** How long the end of a thread is waited for, in ms; native code may never end. */
  guestEndMs: 500,
  /** Heap of a guest, in MiB; one that uses more is ended. */
  guestHeapMib: 256,
  /** How often a guest looks at its heap, in ms. */
  guestHeapWatchMs: 100,
  /** Heap above `guestHeapMib`, in MiB, after which V8 ends the thread: what hangs cannot look. */
  guestHeapSpareMib: 64,
  /** Heap for new values of a guest, in MiB; with more, V8 may end the process and not the thread. */
  guestHeapYoungMib: 8,
  /** Events of a guest that are on their way; more wait, and are coalesced, on its side. */
  guestEvents: 256,
  /** So many events are taken before the guest is told so: the limit above is meant for floods. */
  guestEventsTold: 64,
  /** Log lines of a guest in a second; more are dropped and counted. */
  guestLogLines: 200,
  /** Changes of its status that a guest tells in a second; then only the last one, a second later. */
  guestStatuses: 20,
  /** Stalls that a guest announces in a second; more are not told. */
  guestStalls: 20,
  /** Counters of a guest between two beats; more names are left out. */
  guestCounters: 200,
  /** Questions of a guest that wait for an answer; more are refused. */
  guestCalls: 500,
  /** Characters of one line that a guest writes to its output; the rest is cut. */
  guestOutputLength: 1_000,
  /** How long stopping the whole daemon may take, in ms. */
  shutdownMs: 5_000,

  /** First delay before a lost link is opened again, in ms; doubled each time. */
  retryFirstMs: 500,
  /** Longest delay before a lost link is opened again, in ms. */
  retryCeilingMs: 60_000,
  /** A link that was up this long has proved itself: the next delay is the first again, in ms. */
  retryProvenMs: 10_000,

  /** Characters of a command payload; larger ones are rejected with `too_large`. */
  commandLength: 65_536,
  /** Requests to Koine itself under way at once; more are answered `rate_limited`. */
  requests: 32,
  /** How long a request may take, in ms. */
  requestMs: 30_000,
  /** Connections to the control socket at once; more are closed at once. */
  controlConnections: 16,
  /** Characters of an answer that the command line takes from the control socket. */
  controlAnswerLength: 16_777_216,
  /** Bytes of answers that a connection to the control socket leaves unread; then it is closed. */
  controlUnreadBytes: 4_194_304,
  /** How long telling systemd something may take, in ms; then it is given up and counted. */
  serviceNotifyMs: 6_000,
  /** How long a command of the system may take when the service is installed, its start included, in ms. */
  serviceCommandMs: 240_000,

  /** How long a connection to the control socket may be silent, in ms. */
  controlIdleMs: 60_000,
  /** How long a daemon may take to say who it is, in ms. */
  controlInfoMs: 2_000,

  /** Commands under way at once, of all devices; more are rejected with `rate_limited`. */
  commandsInFlight: 1_000,
  /** Commands under way at once, of one device; more are rejected with `rate_limited`. */
  commandsPerDevice: 64,
  /** Answers kept for repeated `_id`s; above, the oldest is forgotten. */
  commandsRemembered: 10_000,
  /** How long a repeated `_id` is answered from memory, in ms. */
  commandMemoryMs: 600_000,
  /** Longest life of a queued command without `_expires`, in ms. */
  commandQueuedMs: 86_400_000,

  /** How long a device is listened to before its rhythm is believed, in ms. */
  rhythmListenMs: 3_600_000,
  /** After how long the longest gap between reports is forgotten, but for the last one, in ms. */
  rhythmWindowMs: 86_400_000,
  /** Shortest expected interval, in ms: bursts must not make a device look silent. */
  intervalFloorMs: 60_000,
  /** Expected interval before anything is learned, in ms. */
  intervalDefaultMs: 3_600_000,
  /** Silence after this many intervals makes values stale. */
  intervalsUntilStale: 3,
  /** Silent devices asked at once whether they are there; the others wait for the next sweep. */
  probes: 20,
  /** How often silence is looked for, in ms. */
  silenceSweepMs: 5_000,

  /** How often the daemon looks whether it works itself, in ms of real time. */
  vitalsEveryMs: 10_000,
  /** How often it looks in between whether its event loop stood still, in ms of real time. */
  vitalsBeatMs: 1_000,
  /** An event loop that stood still for longer is not healthy, in ms of real time. */
  vitalsLagMs: 5_000,
  /** How long a message may take through the broker, or the store to answer, in ms of real time. */
  vitalsAnswerMs: 5_000,
  /** How often the disk is written to for that, in ms of real time: each time wears an SD card. */
  vitalsWriteEveryMs: 600_000,

  /** How long the system may take to say whether its clock is set, in ms. */
  clockSyncMs: 2_000,

  /** How long the command line waits longer than the device may take, in ms. */
  cliMarginMs: 10_000,
  /** How long `koine doctor` waits for another machine, in ms. */
  doctorDialMs: 5_000,
  /** How long it talks to what is plugged in, in ms. */
  doctorExamineMs: 30_000,
  /** How long such a talk may take to end when it is told to, in ms. */
  doctorExamineEndMs: 5_000,
  /** How long it waits for a program of the system, in ms. */
  doctorCommandMs: 5_000,
  /** How long the command line waits for a gateway to say whether it works, in ms. */
  cliHealthMs: 8_000,
  /** How long the command line waits for a broker, in ms. */
  cliConnectMs: 5_000,
  /** How long the command line waits for a retained message, in ms. */
  cliRetainedMs: 3_000,

  /** Characters of a line that the command line takes from a simulated network. */
  cliPhoneLineLength: 65_536,
  /** How long a simulated network may take to hang up when the phone has, in ms. */
  cliPhoneGoodbyeMs: 1_000,

  /** How long changes of the device index gather before it is published, in ms. */
  deviceIndexDelayMs: 250,

  /** Characters that wait to be written to the store; above, writes are refused. */
  storePendingLength: 64 * 1_048_576,

  /** When changes that the disk refused are written again, in ms. */
  storeRetryMs: 30_000,
  /** Changes the disk refused that are kept to be tried again; then the oldest is dropped. */
  storeUnwritten: 20_000,

  /** Levels of a topic or filter; deeper ones are refused. */
  topicLevels: 100,
  /** Bytes of one MQTT packet; a larger one closes the connection. */
  mqttPacketBytes: 1_048_576,
  /** Bytes of CONNECT, and of anything before it is accepted; more closes the connection. */
  mqttConnectBytes: 4_096,
  /** Bytes of one WebSocket message, which may hold several packets; a larger one closes it. */
  webSocketMessageBytes: 1_114_112,
  /** Bytes over a WebSocket before CONNECT is there, frames and all; more closes the connection. */
  webSocketOpeningBytes: 16_384,
  /** Characters of a client id. */
  mqttClientIdLength: 1_024,
  /** Bytes a connection has in hand before it is read on. */
  mqttReadBytes: 65_536,
  /** Bytes a client may leave unread before it counts as slow; QoS 0 is dropped from half of it on. */
  mqttHighWaterBytes: 1_048_576,
  /** How long a client may leave something unread, in ms; then its connection is closed. */
  mqttStalledMs: 30_000,
  /** Connections at once; more are closed at once. */
  mqttConnections: 4_000,
  /** What one other machine may do: connections at once, and how many in a second after a burst. */
  mqttOfAddress: { connections: 200, burst: 100, perSecond: 20 },
  /** What this machine itself may do. */
  mqttOfLoopback: { connections: 3_000, burst: 3_000, perSecond: 1_000 },
  /** Addresses remembered with how often they connected; then the oldest is forgotten. */
  mqttAddresses: 10_000,
  /** How long an address is not told again in the log that MQTT 5 is not spoken, in ms. */
  mqttTellAgainMs: 3_600_000,
  /** Client ids of our own adapters that nobody else may have; then the oldest is forgotten. */
  adapterClientIds: 200,
  /** Subscriptions of one client; more are refused. */
  mqttSubscriptions: 1_000,
  /** How often the certificate of the TLS listeners is looked at, in ms. */
  certificateCheckMs: 86_400_000,
  /** Characters of all subscriptions of one client; more are refused. */
  mqttSubscriptionsLength: 262_144,
  /** Users; more are refused. */
  users: 1_000,
  /** Passwords for one user that wait to be checked; more are refused for now. */
  loginsWaitingOfUser: 3,
  /** Passwords that wait to be checked, one by one; more are refused for now. */
  loginsWaiting: 50,
  /** Failures of one address or user after which it is not checked any more. */
  loginFailures: 5,
  /** How long failures count after the last of them, in ms. */
  loginPauseMs: 60_000,
  /** How long nothing is checked after a wrong password, in ms. */
  loginRestMs: 250,
  /** Addresses and users remembered with their failures; then the oldest is forgotten. */
  loginsRemembered: 10_000,
  /** How often the demo begins anew because a port was taken meanwhile. */
  demoTries: 5,
  /** Ports the demo tries before the system is left to choose one. */
  portsTried: 20,
  /** How long another broker may take to accept a connection, in ms. */
  mqttDialMs: 10_000,
  /** How long clients may take to fetch the last messages when the broker closes, in ms. */
  mqttFlushMs: 1_000,
  /** How long clients may take to close after the broker has said goodbye, in ms. */
  mqttGoodbyeMs: 1_000,
  /** How long a connection may take to say CONNECT, in ms. */
  mqttConnectMs: 4_500,
  /** Retained topics outside the root; more are not kept, and counted. */
  mqttRetained: 100_000,
  /** Bytes of retained messages outside the root; more are not kept, and counted. */
  mqttRetainedBytes: 67_108_864,
  /** Sessions of clients that come back; then the one goes that was away longest. */
  mqttSessions: 1_000,
  /** Sessions of one user; then its own goes that was away longest. */
  mqttSessionsOfOwner: 200,
  /** How long a session is kept that nobody comes back to, in ms. */
  mqttSessionMs: 86_400_000,
  /** How often old sessions are looked for, in ms. */
  mqttSessionSweepMs: 60_000,
  /** Messages kept for one session; above, the oldest is dropped. */
  mqttQueuedMessages: 200_000,
  /** Bytes kept for one session; above, the oldest message is dropped. */
  mqttQueuedBytes: 67_108_864,
  /** Bytes kept for all sessions; above, the fullest one loses its oldest message. */
  mqttQueuedBytesInAll: 134_217_728,
  /** How much of the heap waiting messages may take, whatever the other limits say. */
  mqttQueuedHeapShare: 0.25,
  /** How much of the heap retained messages outside the root may take. */
  mqttRetainedHeapShare: 0.15,
  /** Messages a session is sent before it acknowledges. */
  mqttInflightOutbound: 1_000,
  /** Bytes handed to the connection of a session that this has not taken yet. */
  mqttUnwrittenBytes: 262_144,
  /** Inbound QoS 2 messages of one client that wait for their release. */
  mqttInflightInbound: 1_000,
  /** How long clients wait at the door for the adapters to listen, in ms, and how often that is looked at. */
  doorMs: 500,
  doorLookMs: 5,
  /** How long acknowledgements may wait to be written, in ms; what is lost of them is sent again. */
  mqttLazyMs: 50,
  /** Characters the broker writes to the store at once. */
  mqttSliceLength: 4 * 1_048_576,
  /** How often retained messages of QoS 0 are written, in ms. */
  mqttSnapshotMs: 60_000,

  /** Publications that an outside broker has not acknowledged; more wait. AWS IoT allows as many. */
  externalInFlight: 100,
  /** Bytes of a payload for an outside broker, as many as AWS IoT takes; larger ones are dropped. */
  externalPayloadBytes: 131_072,
  /** Filters in one SUBSCRIBE to an outside broker, as many as AWS IoT takes. */
  externalFilters: 8,
  /** Levels of a topic at an outside broker, as many as AWS IoT takes. */
  externalTopicLevels: 8,
  /** Messages that wait for an outside broker; above, the oldest is dropped. */
  externalQueuedMessages: 20_000,
  /** Bytes of messages that wait for an outside broker; above, the oldest is dropped. */
  externalQueuedBytes: 16 * 1_048_576,
  /** Topics whose last message an outside broker is told again; messages on more are dropped. */
  externalRetainedMessages: 100_000,
  /** Bytes of the last messages of all topics; above, messages on new topics are dropped. */
  externalRetainedBytes: 64 * 1_048_576,
  /** Silence after which an outside broker is asked whether it is there, in ms. */
  externalKeepaliveMs: 30_000,
  /** How long a wish waits at the start for someone to take it, in ms; then it is not acknowledged. */
  externalWishHeldMs: 5_000,

  /** Devices that Home Assistant is told of; more are not, and counted. */
  discoveryDevices: 5_000,
  /** Bytes of what it is told of one device; of a larger one nothing is told, and it is counted. */
  discoveryBytes: 131_072,
  /** Longest delay after which it is told all again that has started, in ms. */
  discoveryAgainMs: 2_000,

  /** A forced collection that took longer, in ms of real time, has the next one left out. */
  heapProbeMs: 50,
  /** Floors of one heap that the gateway remembers; above, of two neighbours the lower stays. */
  heapFloors: 512,
  /** Things that may explain why a heap grows: more of them are not looked at. */
  heapBacklogs: 64,
  /** A minute with no more messages a second than this is quiet enough for a restart. */
  quietMessagesPerS: 2,
  /** How long before a restart people are told of it, and how long a quiet moment is waited for, in ms. */
  restartNoticeMs: 120_000,
  restartWaitMs: 6 * 3_600_000,
  /** For so long after the start memory that is full causes no restart, in ms: it would not help. */
  restartLeastMs: 3_600_000,
  /** Versions whose floors are kept to compare with; the oldest is forgotten. */
  heapVersions: 4,

  /** Points kept of each series of a heap trace; above, of two neighbours the lower stays. */
  traceFloors: 4_096,
  /** Isolates of a heap trace that are told apart; of more, those with the fewest collections are dropped. */
  traceIsolates: 256,
  /** Characters of a line of a heap trace; a longer one is taken in parts. */
  traceLineLength: 65_536,
  /** How long a program that is asked to stop may take, in ms; then it is killed. */
  watchedStopMs: 10_000,
  /** How long a program may take to open its inspector, in ms. */
  inspectorOpenMs: 20_000,
  /** How long it may take to answer, a full collection included, in ms. */
  inspectorAnswerMs: 30_000,
} as const;
