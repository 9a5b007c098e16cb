/**
 * `npm run bench:leak`: how well `koine leak` judges the labelled logs of test/fixtures/leak, and how
 * much of that hangs on its constants. Scores the judge as it is; then chooses its constants anew on
 * four fifths of the scenarios and scores them on the last fifth, five times.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { reportOf } from "../../../dist/src/cli/leak/report.js";
import { TraceReader } from "../../../dist/src/health/trace/trace-reader.js";
import { judge } from "../../../dist/src/health/verdict/judge.js";
import { compareModels } from "../../../dist/src/health/verdict/models.js";
import { prepare } from "../../../dist/src/health/verdict/observations.js";

/** @typedef {import("../../../dist/src/health/trace/heap-run.js").HeapHistory} HeapHistory */
/** @typedef {import("../../../dist/src/health/trace/heap-run.js").Point} Point */
/** @typedef {import("../../../dist/src/health/verdict/judge-series.js").Span} Span */
/** @typedef {"heap" | "external" | "native"} Series */
/**
 * @typedef {{
 *   id: string, file: string, format: string, nodeVersion: string, durationS: number,
 *   leaky: boolean, judgeable: boolean, visible: boolean, scenario: string, onset?: number,
 *   ratePerHourBytes: number | null, noPrefix?: boolean
 * }} Label
 */
/**
 * What the rules of a leak compare, of one series; `past` is a tenth of the time earlier.
 * @typedef {{
 *   series: Series, probability: number, errors: number, grown: number, level: number,
 *   fall: number, past: { isKnown: boolean, probability: number, errors: number }
 * }} Features
 */
/**
 * @typedef {{
 *   cut: number, verdict: string, rate: number, bound: number | undefined, features: Features[]
 * }} Look
 */
/** @typedef {{ label: Label, looks: Look[] }} Log */
/** @typedef {{ probability: number, errors: number, megabytes: number, fall: number }} Constants */
/**
 * @typedef {{
 *   found: number, missed: number, false: number, clean: number, apart: number,
 *   apartFound: number, cutClean: number, alarmed: number
 * }} Counts
 */
/** @typedef {Counts & { precision: number, recall: number, f1: number, anyCut: number }} Score */

/** Where a log is cut off, as shares of its time; 1 is the whole log. */
const cuts = [0.25, 0.4, 0.55, 0.7, 0.85, 1];
const foldCount = 5;
const workerCount = 2;
/** Clean logs that may be alarmed at any cut, as a share, when constants are chosen. */
const mostAlarmed = 0.1;

/** What the judge uses, as in src/health/verdict/judge-series.ts; told to differ where it does. */
const shipped = { probability: 2 / 3, errors: 3, megabytes: 1, fall: 1.5 };
const grid = [0.5, 0.6, 2 / 3, 0.7, 0.8, 0.9].flatMap((probability) =>
  [2, 3, 4, 5].flatMap((errors) =>
    [0.7, 1, 1.5].flatMap((megabytes) =>
      [1, 1.5, 2].map((fall) => ({ probability, errors, megabytes, fall })),
    ),
  ),
);
/** What is not chosen anew: of each series, and of a tenth of the time earlier. */
const perSeries = {
  heap: { leastProbability: 0, timesMegabytes: 1, share: 0.06, mayFall: true },
  external: { leastProbability: 0, timesMegabytes: 0.5, share: 0.1, mayFall: false },
  native: { leastProbability: 0.95, timesMegabytes: 6, share: 0.1, mayFall: false },
};
const earlier = { share: 0.9, probability: 0.27, errors: 2 };
const leastPoints = 5;
const coarseBytes = 4_096;
const nearlyFull = 0.9;

const fixtures = new URL("../../fixtures/leak/", import.meta.url);

if (isMainThread) await main();
else {
  const part = /** @type {Label[]} */ (workerData);
  parentPort?.postMessage(part.map(observe));
}

async function main() {
  const startedAt = performance.now();
  const text = readFileSync(new URL("labels.json", fixtures), "utf8");
  const labels = /** @type {Label[]} */ (JSON.parse(text));
  const parts = Array.from({ length: workerCount }, (_, part) =>
    labels.filter((_label, index) => index % workerCount === part),
  );
  const observed = (await Promise.all(parts.map(inWorker))).flat();
  const logs = sorted(observed, (a, b) => a.label.id.localeCompare(b.label.id));
  print(`${logs.length} logs of ${scenariosOf(logs).length} scenarios, Node ${process.version}`);
  printJudge(logs);
  printGroups("format", logs, ({ label }) => label.format);
  printGroups("Node", logs, ({ label }) => (label.nodeVersion.split(".")[0] ?? "").padStart(2));
  printValidation(logs);
  print(`\ntook ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
}

/**
 * @param {Label[]} part
 * @returns {Promise<Log[]>}
 */
function inWorker(part) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: part });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

/**
 * What is judged of a log, whole and cut off, and what the judge's rules are told of it.
 * @param {Label} label
 * @returns {Log}
 */
function observe(label) {
  const text = gunzipSync(readFileSync(new URL(label.file, fixtures))).toString("latin1");
  const looks = (label.noPrefix ? [1] : cuts).map((cut) => {
    const reader = new TraceReader();
    for (const line of linesUntil(text, cut === 1 ? Infinity : cut * label.durationS * 1_000)) {
      reader.push(line);
    }
    const histories = reader.read();
    const report = reportOf("log", { histories, counts: reader.counts, isCut: false });
    return {
      cut,
      verdict: report?.verdict ?? "error",
      rate: report?.judgement.decisive.rate ?? 0,
      bound: report?.judgement.leastVisibleRate,
      features: histories.flatMap(featuresOf),
    };
  });
  return { label, looks };
}

/**
 * Lines up to the first one that was written later than this, in ms.
 * @param {string} text
 * @param {number} untilMs
 */
function* linesUntil(text, untilMs) {
  for (const line of text.split(/\r?\n/)) {
    const found = /"t":([\d.]+)|\[\d+:0x[0-9a-f]+(?::\d+)?\]\s+(\d+) ms:/.exec(line);
    if (found && Number(found[1] ?? found[2]) > untilMs) return;
    yield line;
  }
}

/**
 * Numbers that the rules of a leak compare, of each series of one isolate.
 * @param {HeapHistory} history
 * @returns {Features[]}
 */
function featuresOf(history) {
  if (history.majors + history.minors === 0 && history.lastBytes === 0) return [];
  return judge(history).all.flatMap(({ series }) => {
    const { points, span } = pointsOf(history, series);
    const found = compare(series, points, span);
    if (!found?.growing) return [];
    const { growing, probability } = found;
    const untilMs = span.startMs + (span.endMs - span.startMs) * earlier.share;
    const before = points.filter(({ atMs }) => atMs <= untilMs);
    const past = compare(series, before, { ...span, endMs: untilMs });
    return {
      series,
      probability,
      errors: growing.growth / growing.growthError,
      grown: growing.growth * (1 - growing.shape.lastKnot),
      level: found.level,
      fall: largestFall(growing.folded),
      past: {
        isKnown: past !== undefined,
        probability: past?.probability ?? 0,
        errors: past?.growing ? past.growing.growth / past.growing.growthError : 0,
      },
    };
  });
}

/**
 * The points of a series as the judge takes them: of a heap that ran full, those before that.
 * @param {HeapHistory} history
 * @param {Series} series
 * @returns {{ points: readonly Point[], span: Span }}
 */
function pointsOf(history, series) {
  const { startMs, endMs, quantumBytes, ranOut } = history;
  if (series !== "heap") {
    return { points: history[series], span: { startMs, endMs, quantumBytes: coarseBytes } };
  }
  if (!ranOut) return { points: history.floors, span: { startMs, endMs, quantumBytes } };
  const highest = Math.max(...history.floors.map(({ bytes }) => bytes));
  const full = history.floors.findIndex(({ bytes }) => bytes > highest * nearlyFull);
  const points = history.floors.slice(0, full + 1);
  return { points, span: { startMs, endMs: points.at(-1)?.atMs ?? endMs, quantumBytes } };
}

/**
 * @param {Series} series
 * @param {readonly Point[]} points
 * @param {Span} span
 */
function compare(series, points, span) {
  const prepared = prepare(points, { ...span, mayFall: perSeries[series].mayFall });
  if (prepared.points.length < leastPoints) return undefined;
  const comparison = compareModels(prepared);
  return comparison && { ...comparison, level: median(prepared.sizes) };
}

/**
 * The largest fall of three neighbours' lowest.
 * @param {Float64Array} sizes
 */
function largestFall(sizes) {
  let [highest, largest] = [-Infinity, 0];
  for (let index = 0; index < sizes.length; index++) {
    const lowest = Math.min(...sizes.subarray(Math.max(index - 1, 0), index + 2));
    highest = Math.max(highest, lowest);
    largest = Math.max(largest, highest - lowest);
  }
  return largest;
}

/**
 * Whether a look shows a leak by the rules of the judge, with these constants.
 * @param {Look} look
 * @param {Constants} constants
 */
function isLeak({ features }, constants) {
  return features.some((one) => {
    const { leastProbability, timesMegabytes, share } = perSeries[one.series];
    return (
      one.probability >= Math.max(constants.probability, leastProbability) &&
      one.errors >= constants.errors &&
      one.grown >= Math.max(constants.megabytes * timesMegabytes, one.level * share) &&
      one.grown >= constants.fall * one.fall &&
      (!one.past.isKnown ||
        (one.past.probability >= earlier.probability && one.past.errors >= earlier.errors))
    );
  });
}

/** @param {Look} look */
function asJudged({ verdict }) {
  return verdict === "leak";
}

/**
 * Precision and recall over whole logs; leaky logs that show too little of their leak stand apart.
 * Alarms over clean logs, at any cut.
 * @param {readonly Log[]} logs
 * @param {(look: Look) => boolean} isFound
 */
function score(logs, isFound) {
  const counts = { found: 0, missed: 0, false: 0, clean: 0, apart: 0, apartFound: 0 };
  let [cutClean, alarmed] = [0, 0];
  for (const { label, looks } of logs) {
    const found = looks.slice(-1).some(isFound);
    if (label.leaky && !label.judgeable) {
      counts.apart++;
      counts.apartFound += Number(found);
    } else if (label.leaky) counts[found ? "found" : "missed"]++;
    else {
      counts[found ? "false" : "clean"]++;
      if (label.noPrefix) continue;
      cutClean++;
      alarmed += Number(looks.some(isFound));
    }
  }
  return scored({ ...counts, cutClean, alarmed });
}

/**
 * @param {Counts} counts
 * @returns {Score}
 */
function scored(counts) {
  const precision = ratio(counts.found, counts.found + counts.false);
  const recall = ratio(counts.found, counts.found + counts.missed);
  const f1 = (2 * counts.found) / (2 * counts.found + counts.false + counts.missed);
  return { ...counts, precision, recall, f1, anyCut: ratio(counts.alarmed, counts.cutClean) };
}

/** @param {readonly Score[]} scores */
function added(scores) {
  /** @param {keyof Counts} name */
  const sum = (name) => scores.reduce((total, one) => total + one[name], 0);
  return scored({
    found: sum("found"),
    missed: sum("missed"),
    false: sum("false"),
    clean: sum("clean"),
    apart: sum("apart"),
    apartFound: sum("apartFound"),
    cutClean: sum("cutClean"),
    alarmed: sum("alarmed"),
  });
}

/** @param {readonly Log[]} logs */
function printJudge(logs) {
  const total = score(logs, asJudged);
  print(`\nthe judge as it is\n  ${told(total)}`);
  print(`  precision 95 % ${interval(total.found, total.found + total.false)}`);
  print(`  recall 95 % ${interval(total.found, total.found + total.missed)}`);
  const whole = logs.flatMap(({ label, looks }) =>
    looks.slice(-1).map(({ verdict, rate, bound }) => ({ label, verdict, rate, bound })),
  );
  const clean = whole.filter(({ label }) => !label.leaky);
  const unsure = clean.filter(({ verdict }) => verdict === "insufficient").length;
  print(`  of ${clean.length} clean logs ${unsure} are called insufficient`);
  print(`  leaks that show too little: ${total.apartFound} of ${total.apart} found all the same`);
  printRates(whole);
  const bounded = whole.filter(
    ({ label, verdict, bound }) =>
      label.leaky && label.visible && verdict !== "leak" && trueRate(label) > 0 && bound,
  );
  const honest = bounded.filter(({ label, bound }) => (bound ?? 0) >= trueRate(label));
  print(`  smallest visible rate at or above the true one: ${honest.length} of ${bounded.length}`);
  printTimes(logs);
  for (const { label, verdict } of whole) {
    if (label.leaky && label.judgeable && verdict !== "leak") print(`  missed: ${label.id}`);
    if (!label.leaky && verdict === "leak") print(`  false alarm: ${label.id}`);
  }
  for (const { label, looks } of logs.filter((log) => !log.label.leaky)) {
    const at = looks.filter(asJudged).map(({ cut }) => cut);
    if (at.length > 0) print(`  alarm on a clean log: ${label.id} at ${at.join(", ")} of its time`);
  }
}

/** @param {Label} label */
function trueRate({ ratePerHourBytes }) {
  return ratePerHourBytes ?? 0;
}

/** @param {readonly { label: Label, verdict: string, rate: number }[]} whole */
function printRates(whole) {
  const factors = whole
    .filter(({ label, verdict }) => verdict === "leak" && label.leaky && trueRate(label) > 0)
    .map(({ label, rate }) => Math.exp(Math.abs(Math.log(rate / trueRate(label)))));
  const near = factors.filter((factor) => factor <= 2).length;
  print(
    `  rate: median error a factor of ${median(factors).toFixed(2)}, ${near} of ${factors.length} within a factor of 2`,
  );
}

/**
 * From which share of the time on a leak is found, and found at every later cut.
 * @param {readonly Log[]} logs
 */
function printTimes(logs) {
  const leaky = logs.filter(({ label }) => label.leaky && label.judgeable && !label.noPrefix);
  const since = leaky.flatMap(({ label, looks }) => {
    const last = looks.map(asJudged).lastIndexOf(false);
    const first = looks[last + 1];
    return first ? [first.cut - (label.onset ?? 0)] : [];
  });
  const early = leaky.filter(({ label, looks }) =>
    looks.some((look) => look.cut <= (label.onset ?? 0) && asJudged(look)),
  );
  print(
    `  found after ${median(since).toFixed(2)} of the time at the median, before it began: ${early.length} of ${leaky.length}`,
  );
}

/**
 * @param {string} name
 * @param {readonly Log[]} logs
 * @param {(log: Log) => string} keyOf
 */
function printGroups(name, logs, keyOf) {
  print("");
  for (const key of inOrder(logs.map(keyOf))) {
    const group = logs.filter((log) => keyOf(log) === key);
    print(`  ${name} ${key.padEnd(8)} ${told(score(group, asJudged))}`);
  }
}

/** @param {readonly Log[]} logs */
function printValidation(logs) {
  const looks = logs.flatMap((log) => log.looks);
  const same = looks.filter((look) => isLeak(look, shipped) === asJudged(look)).length;
  print(`\nrules on recorded numbers say what the judge says: ${same} of ${looks.length} looks`);
  if (same < looks.length) print("  the constants of this bench are not those of the judge");
  print(`\n${foldCount} folds over scenarios, ${grid.length} sets of constants`);
  const folds = foldsOf(logs);
  const heldOut = folds.map((held, index) => {
    const chosen = choose(logs.filter((log) => !held.includes(log)));
    const result = score(held, (look) => isLeak(look, chosen));
    print(`  fold ${index + 1}, ${valuesText(chosen)}\n    held out  ${told(result)}`);
    print(`    shipped   ${told(score(held, (look) => isLeak(look, shipped)))}`);
    return result;
  });
  print(`  all held out   ${told(added(heldOut))}`);
  print(`  shipped        ${told(score(logs, (look) => isLeak(look, shipped)))}`);
  const all = grid.map((constants) => score(logs, (look) => isLeak(look, constants)));
  print(`\nover the whole grid, on all logs`);
  print(`  F1 ${range(all, "f1")}, precision ${range(all, "precision")}`);
  print(`  recall ${range(all, "recall")}, clean logs alarmed ${range(all, "anyCut")}`);
}

/**
 * Scenarios in turn, leaky and clean ones apart: each fold has about as many of both.
 * @param {readonly Log[]} logs
 */
function foldsOf(logs) {
  const names = [true, false].flatMap((leaky) =>
    scenariosOf(logs.filter(({ label }) => label.leaky === leaky)),
  );
  const foldOf = new Map(names.map((name, index) => [name, index % foldCount]));
  return Array.from({ length: foldCount }, (_, fold) =>
    logs.filter(({ label }) => foldOf.get(label.scenario) === fold),
  );
}

/** @param {readonly Log[]} logs */
function scenariosOf(logs) {
  return inOrder(logs.map(({ label }) => label.scenario));
}

/**
 * The greatest F1 among those that alarm few clean logs; of equals the one that alarms the fewest.
 * @param {readonly Log[]} logs
 * @returns {Constants}
 */
function choose(logs) {
  const tried = grid.map((constants) => ({
    constants,
    ...score(logs, (look) => isLeak(look, constants)),
  }));
  const quiet = tried.filter(({ anyCut }) => anyCut <= mostAlarmed);
  const [best] =
    quiet.length > 0
      ? sorted(quiet, (a, b) => b.f1 - a.f1 || a.anyCut - b.anyCut)
      : sorted(tried, (a, b) => a.anyCut - b.anyCut || b.f1 - a.f1);
  return best?.constants ?? shipped;
}

/** @param {Score} score */
function told({ precision, recall, f1, found, missed, ...rest }) {
  const [first, second] = [percent(precision), percent(recall)];
  return `precision ${first} (${rest.false} false), recall ${second} (${found} of ${found + missed}), F1 ${Number.isNaN(f1) ? "–" : f1.toFixed(3)}, clean alarmed at any cut ${percent(rest.anyCut)} (${rest.alarmed} of ${rest.cutClean})`;
}

/** @param {Constants} constants */
function valuesText({ probability, errors, megabytes, fall }) {
  return `probability ${probability.toFixed(2)}, standard errors ${errors}, ${megabytes} MB, fall × ${fall}`;
}

/**
 * @param {readonly Score[]} scores
 * @param {"f1" | "precision" | "recall" | "anyCut"} name
 */
function range(scores, name) {
  const values = scores.map((one) => one[name]);
  return `${Math.min(...values).toFixed(3)} to ${Math.max(...values).toFixed(3)}`;
}

/**
 * The 95 % interval of a share (Wilson, Journal of the American Statistical Association 22, 1927).
 * @param {number} count
 * @param {number} of
 */
function interval(count, of) {
  const z = 1.96;
  const [part, scale] = [count / of, 1 + (z * z) / of];
  const centre = part + (z * z) / (2 * of);
  const half = z * Math.sqrt((part * (1 - part)) / of + (z * z) / (4 * of * of));
  return `${percent((centre - half) / scale)} to ${percent((centre + half) / scale)}`;
}

/**
 * @param {number} part
 * @param {number} whole
 */
function ratio(part, whole) {
  return whole === 0 ? Number.NaN : part / whole;
}

/** @param {number} value */
function percent(value) {
  return Number.isNaN(value) ? "–" : `${(100 * value).toFixed(1)} %`;
}

/** @param {readonly number[] | Float64Array} values */
function median(values) {
  return sorted([...values], (a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/**
 * Each of the words once.
 * @param {readonly string[]} words
 */
function inOrder(words) {
  return sorted([...new Set(words)], (a, b) => a.localeCompare(b));
}

/**
 * @template T
 * @param {readonly T[]} values
 * @param {(a: T, b: T) => number} order
 */
function sorted(values, order) {
  const copy = [...values];
  copy.sort(order);
  return copy;
}

/** @param {string} line */
function print(line) {
  process.stdout.write(`${line}\n`);
}
