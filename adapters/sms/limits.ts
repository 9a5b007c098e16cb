/** Every bound of this adapter: what may grow, how far, and what happens there. */
export const limits = {
  /** How long opening a port behind TCP may take, in ms. */
  openMs: 10_000,
  /** How often a silent connection is asked whether it is there, in ms. */
  keepAliveMs: 30_000,

  /** How long after a modem was lost it is opened again, in ms; doubled each time, up to the second. */
  reopenMs: 1_000,
  reopenCeilingMs: 60_000,
  /** The same where there is no port at all, in ms: nobody who plugs a modem in waits for long. */
  absentCeilingMs: 4_000,

  /** Commands that wait for a modem; more fail. */
  commands: 64,
  /** How long a modem may take to answer a command, in ms. */
  answerMs: 5_000,
  /** How long a modem may take to ask for the text it is to send, in ms. */
  promptMs: 15_000,
  /** How long the network may take to accept a text, in ms. */
  sendMs: 90_000,
  /** Lines of one answer; more are dropped and counted. */
  answerLines: 1_024,
  /** How long a modem that missed an answer may take for a sign of life, in ms. */
  syncMs: 1_000,
  /** Signs of life it is asked for before the port is opened anew. */
  syncTries: 10,
  /** How long late words may still come after a sign of life, in ms. */
  quietMs: 300,

  /** How long a modem that was just opened may take for its first word, in ms, and how often it is asked. */
  wakeMs: 1_000,
  wakeTries: 10,
  /** The same where it may be another one's port. */
  guessTries: 3,
  /** How often in a row a modem is silent until it is told to start anew, and until its USB device is reset. */
  silencesToRestart: 2,
  silencesToReset: 5,
  /** How long a phone may be let ring, in s. */
  ringS: 60,
  /** How often it is asked how a call does, and how long it may take to hang one up, in ms. */
  callLookMs: 2_000,
  hangUpMs: 5_000,
  /** The same where the gateway stops, which waits for nobody. */
  lastHangUpMs: 1_500,
  /** Calls that are made or wait to be; more are refused with `rate_limited`. */
  calls: 16,
  /** Digits of the shortest number that is called: shorter ones are of services, and for emergencies. */
  digitsToCall: 6,
  /** After so long without its ring, in ms, the next one is of another call: they come every 5 s or so. */
  ringsApartMs: 12_000,
  /** How long a modem may take to start anew until it is spoken to, in ms. */
  restartMs: 3_000,
  /** How long a USB device is withdrawn, in ms. */
  usbOffMs: 1_000,
  /** How long a modem looks for a network until it is told to look again; after twice that, to start anew. */
  searchMs: 600_000,
  /** How long a SIM may take to take its PIN, in ms. */
  simMs: 20_000,
  /** How often a SIM that does not answer is asked, and how long between, in ms. */
  simTries: 10,
  simAgainMs: 1_000,
  /** How often the store of a modem is read, whether it says anything or not, in ms. */
  pollMs: 60_000,
  /** Memories of a modem that are read. */
  memories: 4,
  /** How often in a row it is listed while there is more in it. */
  listRounds: 50,
  /** How long it may take to list it, in ms. */
  listMs: 30_000,
  /** How often it is asked how it does, and for its network, in ms. */
  figuresMs: 60_000,
  registrationMs: 15_000,

  /** How long a message that came is known again, in ms, and how many of them are. */
  seenMs: 604_800_000,
  seen: 8_000,
  /** Long texts of which parts are missing; beyond, the oldest is told as it is. */
  gatherings: 200,
  /** Parts of them in all. */
  partsKept: 2_000,
  /** How long the rest of a long text is waited for, in ms; at most, where the modem is away meanwhile. */
  partsMs: 600_000,
  partsAwayMs: 86_400_000,
  /** Texts kept after they were told; the oldest make room. */
  textsKept: 500,
  /** Texts of strangers that are told in an hour; more are counted. */
  strangersToldAnHour: 12,
  /** Characters of a sender's name that are told: networks have no longer ones. */
  senderLength: 11,
  hourMs: 3_600_000,
  /** Messages kept that cannot be read. */
  oddKept: 50,
  /** How often it is looked for what is due, in ms. */
  sweepMs: 60_000,

  /** Texts that wait to be sent or for their reports; more are refused with `rate_limited`. */
  outbox: 5_000,
  /** Texts kept that were given up. */
  deadKept: 100,
  /** How long the network may take to answer a code such as `*144#`, in ms. */
  codeMs: 30_000,
  /** How long a route may be down before the next one takes its texts, in ms, unless configured. */
  takeoverMs: 30_000,
  /** Texts in a row that a route does not take, until it is left alone, in ms; doubled up to the second. */
  breakerFailures: 5,
  breakerMs: 30_000,
  breakerCeilingMs: 1_800_000,
  /** So many refusals of a text that its route is never asked again. */
  never: 1_000,
  /** How soon a disk that refuses is tried again, in ms. */
  diskAgainMs: 5_000,
  /** Reports kept of texts whose route has not yet said what it calls them. */
  earlyReports: 100,
  /** How soon after an attempt of which nothing is known its route is asked, in ms. */
  findAfterMs: 30_000,
  /** How long, in ms, a route that can be asked about a text is asked until that is given up. */
  findForMs: 900_000,
  /** What routes called the newest texts, so that one of them is not taken for another. */
  referencesKept: 1_000,
  /** How often routes are asked what became of texts, in ms, and about how many at once. */
  askMs: 15_000,
  asksAtOnce: 50,
  /** Days whose expenses are known: a month and a bit. */
  budgetDays: 32,
  /** Words of warning that are remembered as said. */
  budgetWords: 100,
  /** What sums of money may be wrong by. */
  moneyGrain: 1e-9,
  /** How long a provider may take to answer, in ms, and how much it may say, in bytes. */
  providerMs: 30_000,
  answerBytes: 1_048_576,
  /** Pages of what came in that are read in one round. */
  pollPages: 20,
  /** How far the clock of a provider may be from ours, in ms. */
  clocksApartMs: 120_000,
  /** How long ago a text may have been sent that a phone gets only now, in ms. */
  lateMs: 86_400_000,
  dayMs: 86_400_000,
  /** How old what a provider has signed may be, in ms: an older one is somebody's who has kept it. */
  hookAgeMs: 300_000,
  /** What a provider may say by itself, in bytes, and how long it may take to say it, in ms. */
  hookBytes: 65_536,
  hookHeaderBytes: 16_384,
  hookMs: 10_000,
  /** How often it is looked for requests that take too long, in ms. */
  hookCheckMs: 1_000,
  hookConnections: 256,
  hooksAtOnce: 32,
  /** People who can be added to those of the configuration. */
  peopleAdded: 500,
  /** Characters of a text. */
  textLength: 1_600,
  /** How long a text is worth sending, in ms, by what it is for. */
  lifeMs: { code: 300_000, alarm: 86_400_000, answer: 900_000, report: 86_400_000 },
  /** How long after a refusal it is tried again, in ms: the first time, the second, … the last for ever. */
  againMs: [10_000, 30_000, 120_000, 600_000, 1_800_000],
  /** How long a report may take of a text of which nobody knows whether it was sent, in ms. */
  reportMs: 120_000,
  /** The same where its route is away, so that none can come. */
  unknownMs: 600_000,
  /** How far the network's clock may be from ours for a report to be of a text without a name, in ms. */
  sameTimeMs: 600_000,
  /** The same once the difference of the clocks is known, and how much nearer the right one is than others. */
  sameMinuteMs: 60_000,
  reportsApartMs: 1_500,
  /** A text that took no longer than this left at once, in ms. */
  atOnceMs: 10_000,
  /** After so long, in ms, a text without a report counts as sent and no more. */
  silentMs: 3_600_000,

  /** Simulated phones at once; more are told so, and beyond the second number they are closed at once. */
  phones: 16,
  phoneConnections: 32,
  /** How long a simulated phone may take to say whose it is, and to hang up when it is told to, in ms. */
  phoneNameMs: 10_000,
  phoneGoodbyeMs: 1_000,
  /** Characters of a line that a simulated phone says; a longer one ends the connection. */
  phoneLineLength: 16_384,
  /** Lines of a simulated phone that nobody can read, until it is hung up on. */
  phoneBadLines: 20,
  /** Bytes that a simulated phone leaves unread; then its connection is closed. */
  phoneUnreadBytes: 1_048_576,
  /** Messages that wait for room in a simulated modem; more texts of phones are refused. */
  phoneTexts: 200,
  /** Texts of all simulated phones that are kept, and how many of them a new one is shown. */
  phoneTextsKept: 200,
  phoneTextsShown: 20,
} as const;
