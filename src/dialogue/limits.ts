/** Every bound of the dialogue: what people may do how often, and how long anything waits. */
export const dialogueLimits = {
  /** How long a menu, or a question back, can be answered by its number, in ms. */
  menuMs: 600_000,
  /** Lines of a menu. */
  menuLines: 6,
  /** How long a code is good for, in ms. */
  codeMs: 300_000,
  codeTries: 3,
  /** Codes that are sent to one person in an hour. */
  codesInHour: 5,
  /** How long nobody can use a code after too many wrong ones, in ms; doubled with each time in a day. */
  lockMs: 900_000,
  longestLockMs: 86_400_000,
  /** An act in a text that was on its way for longer is asked back, in ms. */
  oldTextMs: 600_000,
  /** The clock of the network and ours may differ by that, in ms. */
  clockSkewMs: 120_000,
  /** Answers to one person, outside alarms; more are not sent, and counted. */
  answersInTenMinutes: 6,
  answersInDay: 30,
  /** The same text so often in a row is a machine: it is not answered any more for a while. */
  repeats: 3,
  repeatsMs: 600_000,
  /** How long nobody is told again how to be understood, in ms. */
  helpMs: 600_000,
  /** How long our own words are known again, in ms. */
  echoMs: 600_000,
  /** Answers that are known again when they come back. */
  saidKept: 5,
  /** Acts that are remembered of a person, and told on LOG. */
  deedsKept: 10,
  deedsTold: 3,
  /** How long a device has to tell how it is after an act, before "no answer yet", in ms. */
  answerMs: 20_000,
  /** How long it is watched after that, in ms. */
  watchMs: 600_000,
  /** Acts under way of which a device has not told; more are answered at once. */
  errands: 500,
  /** How long after the start it is gone on with what an earlier run left, in ms. */
  resumeMs: 3_000,
  /** An act is not done again after a crash when it was decided longer ago: it may have been done. */
  redoMs: 540_000,
  /** Texts that are known again, and how long, in ms. */
  textsKept: 5_000,
  textsKeptMs: 604_800_000,
  /** Texts that wait to be understood; more are dropped, and counted. */
  textsWaiting: 200,
  /** How often the time limits of what is on are looked at, in ms. */
  timerSweepMs: 1_000,
  /** How long something has to be off before its time limit is forgotten, in ms. */
  timerOffMs: 60_000,
  /** How long after one failure it is tried again to end something, in ms. */
  timerRetryMs: 30_000,
  timers: 1_000,
  /** The longest time limit, in ms. */
  longestOnMs: 86_400_000,
  /** Entries of the audit log. */
  auditKept: 2_000,
  /** How often the strangers of a day are told to the owners, in ms. */
  strangersMs: 86_400_000,
  /** Strangers that are remembered by their masked numbers until then. */
  strangers: 50,
  /** How long an answer is worth sending, in ms, and after what delays it is tried again. */
  replyMs: 900_000,
  replyDelaysMs: [2_000, 5_000, 10_000, 30_000],
  /** Questions that wait for an answer. */
  questions: 200,
  /** The longest time that somebody has to answer, in s. */
  longestQuestionS: 604_800,
  /** The longest that a code in a question is good for, in s. */
  longestCodeS: 300,
  /** Characters of a question, and of an answer that is kept. */
  questionLength: 300,
} as const;
