import { describe, expect, test } from "vitest";
import type { HeapHistory } from "../../../../src/health/trace/heap-run.ts";
import { TraceReader } from "../../../../src/health/trace/trace-reader.ts";
import { limits } from "../../../../src/limits.ts";

const megabyte = 1_048_576;

/** A line of the trace of Node 24. */
function collection(
  atMs: number,
  afterMegabytes: number,
  { pid = 700, isolate = "0x2e52f000", kind = "Mark-Compact" } = {},
): string {
  const before = (afterMegabytes + 2).toFixed(1);
  const after = afterMegabytes.toFixed(1);
  return `[${pid}:${isolate}] ${String(atMs).padStart(8)} ms: ${kind} ${before} (40.0) -> ${after} (40.0) MB, pooled: 0 MB, 2.10 / 0.00 ms  (average mu = 0.940, current mu = 0.935) task; `;
}

function read(lines: readonly string[]): {
  readonly reader: TraceReader;
  readonly histories: readonly HeapHistory[];
} {
  const reader = new TraceReader();
  for (const line of lines) reader.push(line);
  return { reader, histories: reader.read() };
}

function floorsOf({ floors }: HeapHistory): readonly (readonly [number, number])[] {
  return floors.map(({ atMs, bytes }) => [atMs, Math.round((10 * bytes) / megabyte) / 10]);
}

const plain = [
  collection(1_000, 5),
  collection(2_000, 5.5, { kind: "Scavenge" }),
  collection(3_000, 6),
];
const plainFloors = [
  [1_000, 5],
  [3_000, 6],
];

describe("a trace", () => {
  test("gives floors after major collections, and what was allocated meanwhile", () => {
    const { histories } = read(plain);
    expect(histories).toHaveLength(1);
    const [history] = histories;
    expect(history).toMatchObject({ pid: 700, isolate: "0x2e52f000", majors: 2, minors: 1 });
    expect(history).toMatchObject({ startMs: 1_000, endMs: 3_000, ranOut: false });
    expect(history?.peakBytes).toBe(8 * megabyte);
    expect(history && floorsOf(history)).toEqual(plainFloors);
    const allocated = history?.floors.map(({ allocatedBytes }) => allocatedBytes / megabyte);
    expect(allocated?.map((size) => size.toFixed(1))).toEqual(["7.0", "12.0"]);
  });

  test("is read through what the program writes on the same line", () => {
    const mixed = plain.map((line) => `request 17 took 3 ms${line}`);
    const [history] = read(["listening", ...mixed, "", "bye [1:0xzz] 5 ms: "]).histories;
    expect(history && floorsOf(history)).toEqual(plainFloors);
  });

  test("is read through output that follows on the same line, or another of its lines", () => {
    const [first = "", second = "", third = ""] = plain;
    const { reader, histories } = read([`${first}GET / 200`, `${second}${third}done`]);
    expect(reader.counts).toMatchObject({ collections: 3, unparsed: 0 });
    expect(histories.map(floorsOf)).toEqual([plainFloors]);
  });

  test.each([
    ["journald", (line: string) => `Mar 14 05:01:02 farm node[700]: ${line}`],
    ["Docker Compose", (line: string) => `web-1  | ${line}`],
    ["Docker with times", (line: string) => `2026-03-14T05:01:02.123456789Z ${line}`],
    [
      "Docker's own file",
      (line: string) =>
        JSON.stringify({ log: `${line}\n`, stream: "stdout", time: "2026-03-14T05:01:02Z" }),
    ],
    ["Kubernetes", (line: string) => `2026-03-14T05:01:02.1Z stdout F ${line}`],
    ["CR LF", (line: string) => `${line}\r`],
  ])("is read behind what %s adds to its lines", (_, dressed) => {
    const { reader, histories } = read(plain.map(dressed));
    expect(reader.counts).toMatchObject({ collections: 3, unparsed: 0 });
    expect(histories.map(floorsOf)).toEqual([plainFloors]);
  });

  test.each([
    ["plain", (line: string) => line],
    ["Docker's own file", (line: string) => JSON.stringify({ log: `${line}\n`, stream: "stderr" })],
    ["journald", (line: string) => `Mar 14 05:01:02 farm node[700]: ${line}`],
  ])("tells that the process died of a full heap: %s", (_, dressed) => {
    const fatal =
      "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory";
    const [history] = read([...plain, fatal].map(dressed)).histories;
    expect(history?.ranOut).toBe(true);
  });

  test("repeated in the report of a fatal error counts once", () => {
    const fatal = ["", "<--- Last few GCs --->", "", ...plain.slice(-2), "", "<--- JS stacktrace"];
    const { reader, histories } = read([...plain, ...fatal]);
    expect(reader.counts).toMatchObject({ collections: 3, repeated: 2, unparsed: 0 });
    expect(histories.map(floorsOf)).toEqual([plainFloors]);
  });

  test("repeated and cut by V8 counts once", () => {
    const cut = plain.map((line) => line.slice(0, line.indexOf("current mu")));
    const { reader } = read([...plain, ...cut]);
    expect(reader.counts).toMatchObject({ collections: 3, repeated: 3, unparsed: 0 });
  });

  test("has its torn lines counted", () => {
    const [line = ""] = plain;
    const torn = [
      line.slice(0, line.indexOf("->")),
      line.slice(0, line.indexOf("MB, pooled")),
      "[700:0x2e52f000] 5 ms: pause=0.5 mutator=3 gc=mc total_size_bef",
      '[700:0x2e52f000:0] 5 ms: GC: {"pause":0.5,"gc":"mc","start_obj',
      '{"type":"sample","t":5,"heapUs',
    ];
    const { reader } = read([...torn, ...plain]);
    expect(reader.counts).toMatchObject({ collections: 3, unparsed: torn.length });
  });

  test("whose line is torn by the next one loses only the torn one", () => {
    const [first = "", second = "", third = ""] = plain;
    const { reader, histories } = read([first.slice(0, 45) + second, third]);
    expect(reader.counts).toMatchObject({ collections: 2, unparsed: 1 });
    expect(histories.map(({ majors, minors }) => [majors, minors])).toEqual([[1, 1]]);
  });

  test("of another process, or a line that only looks like one, stays apart", () => {
    const fake = collection(9, 900, { pid: 4_242, isolate: "0x1000" });
    const { histories } = read([...plain, `copied from a ticket: ${fake}`]);
    expect(histories.map(({ pid }) => pid)).toEqual([700, 4_242]);
    expect(histories[0] && floorsOf(histories[0])).toEqual(plainFloors);
  });

  test("of two processes and a thread, mixed, gives three histories", () => {
    const lines = [1, 2, 3, 4].flatMap((second) => [
      collection(second * 1_000, 5),
      collection(second * 1_000, 15, { pid: 701 }),
      ...(second > 2 ? [collection(second * 1_000, 25, { isolate: "0x99" })] : []),
    ]);
    const { histories } = read(lines);
    expect(histories.map(({ pid, isolate, majors }) => [pid, isolate, majors])).toEqual([
      [700, "0x2e52f000", 4],
      [701, "0x2e52f000", 4],
      [700, "0x99", 2],
    ]);
    expect(new Set(histories.flatMap((one) => floorsOf(one).map(([, size]) => size)))).toEqual(
      new Set([5, 15, 25]),
    );
  });

  test("of a process that was started again under the same number gives two histories", () => {
    const { histories } = read([...plain, collection(50, 3), collection(4_000, 4)]);
    expect(histories.map(floorsOf)).toEqual([
      plainFloors,
      [
        [50, 3],
        [4_000, 4],
      ],
    ]);
  });

  test("whose threads write a little out of order is one start", () => {
    const { histories } = read([collection(2_000, 5), collection(1_500, 5.5)]);
    expect(histories).toHaveLength(1);
  });

  test("of more isolates than the limit keeps those of which most is known, and counts the rest", () => {
    const beyond = 5;
    const short = Array.from({ length: limits.traceIsolates + beyond }, (_, index) =>
      collection(1_000, 5, { isolate: `0x${(index + 1).toString(16)}` }),
    );
    const long = [1_000, 2_000, 3_000].map((atMs) => collection(atMs, 7, { isolate: "0xaaaaaa" }));
    const { reader, histories } = read([...short, ...long]);
    expect(histories).toHaveLength(limits.traceIsolates);
    expect(histories[0]).toMatchObject({ isolate: "0xaaaaaa", majors: 3 });
    expect(reader.counts).toMatchObject({ isolatesDropped: beyond + 1 });
  });

  test("of Windows, whose addresses have no 0x, is read", () => {
    const { histories } = read([collection(1_000, 5).replace(/:0x[0-9a-f]+\]/, ":00000AB768F0]")]);
    expect(histories).toHaveLength(1);
  });

  test("of more starts than the limit is read up to it, and the rest counted", () => {
    const lines = Array.from({ length: limits.traceIsolates * 2 }, (_, index) => [
      collection(9_000, 5 + index / 10),
      collection(10, 4 + index / 10),
    ]).flat();
    const { reader, histories } = read(lines);
    expect(histories.length).toBeLessThanOrEqual(limits.traceIsolates + 1);
    expect(reader.counts.isolatesDropped).toBeGreaterThan(0);
  });

  test("of any length keeps a bounded number of points", () => {
    const reader = new TraceReader();
    const count = 4 * limits.traceFloors + 7;
    for (let index = 1; index <= count; index++) reader.push(collection(index * 10, 5));
    const [history] = reader.read();
    expect(history?.majors).toBe(count);
    expect(history?.floors.length).toBeLessThanOrEqual(limits.traceFloors);
    expect(history?.floors.at(-1)?.atMs).toBe(count * 10);
  });
});

describe("a verbose trace", () => {
  const block = (old: number, external: number): readonly string[] =>
    [
      `Old space,              used: ${old} KB, available:    348 KB, committed:   2984 KB`,
      "Large object space,     used:    256 KB, available:      0 KB, committed:    260 KB",
      `External memory reported: ${external} KB`,
      "Backing store memory: 10 KB",
      "Total time spent in GC: 33.3 ms",
    ].map((line) => `[700:0x2e52f000] ${line}`);

  test("gives the old and large object space as floors, and what is outside", () => {
    const { histories } = read([
      collection(1_000, 5),
      ...block(2_744, 300),
      collection(2_000, 5.5, { kind: "Scavenge" }),
      ...block(9_999, 9_999),
      collection(3_000, 6),
      ...block(3_744, 400),
    ]);
    const [history] = histories;
    expect(history?.floors.map(({ bytes }) => bytes / 1_024)).toEqual([3_000, 4_000]);
    expect(history?.external.map(({ bytes }) => bytes / 1_024)).toEqual([300, 400]);
  });

  test("of which most blocks are torn falls back on the whole heap", () => {
    const lines = [1, 2, 3, 4, 5].map((second) => collection(second * 1_000, 5));
    const [history] = read([...lines, ...block(2_744, 300)]).histories;
    expect(history?.floors.map(({ bytes }) => bytes / megabyte)).toEqual([5, 5, 5, 5, 5]);
  });
});

describe("a recording", () => {
  const sample = (t: number, heapUsed: number, more: object = {}): string =>
    JSON.stringify({ type: "sample", t, heapUsed, ...more });

  test("has the size of a major collection told by the next sample", () => {
    const { reader, histories } = read([
      '{"type":"meta","node":"v24.21.0","heapLimit":134217728}',
      '{"type":"gc","t":500,"kind":1,"flags":0,"ms":1}',
      sample(900, 9_000),
      '{"type":"gc","t":1000,"kind":4,"flags":0,"ms":3}',
      sample(1_100, 7_000, { rss: 20_000, heapTotal: 9_000, external: 1_000 }),
      sample(2_100, 8_000, { contexts: 2, detached: 1 }),
    ]);
    expect(reader.counts).toMatchObject({ collections: 2, samples: 3, unparsed: 0 });
    expect(histories).toHaveLength(1);
    expect(histories[0]).toMatchObject({
      pid: 0,
      isolate: "main",
      majors: 1,
      minors: 1,
      limitBytes: 134_217_728,
      contexts: 2,
      detachedContexts: 1,
      floors: [{ atMs: 1_100, bytes: 7_000 }],
      external: [{ atMs: 1_100, bytes: 1_000 }],
      native: [{ atMs: 1_100, bytes: 10_000 }],
    });
  });

  test("has floors by itself when collections are forced", () => {
    const [history] = read([
      sample(1_000, 5_000, { floor: true }),
      sample(2_000, 5_100, { floor: true }),
      sample(2_500, 9_000, { floor: false }),
    ]).histories;
    expect(history?.floors.map(({ atMs, bytes }) => [atMs, bytes])).toEqual([
      [1_000, 5_000],
      [2_000, 5_100],
    ]);
  });

  test("of several processes and threads tells them apart", () => {
    const named = (pid: number, thread: number): string =>
      `{"type":"sample","pid":${pid},"thread":${thread},"t":1000,"floor":true,"heapUsed":5000}`;
    const { histories } = read([named(8, 0), named(8, 1), named(9, 0), named(8, 0)]);
    expect(histories.map(({ pid, isolate }) => `${pid} ${isolate}`).toSorted()).toEqual([
      "8 main",
      "8 thread 1",
      "9 main",
    ]);
  });
});

test("what a program writes in JSON is its own", () => {
  const { reader } = read(['{"level":30,"msg":"hello :0x"}', "{}", "{", '{"log":"started\\n"}']);
  expect(reader.counts).toMatchObject({ lines: 4, unparsed: 0, collections: 0 });
});

test("takes what a program says of a full heap for no death of its own", () => {
  const said = "Worker terminated due to reaching memory limit: JS heap out of memory";
  expect(read([...plain, said]).histories[0]?.ranOut).toBe(false);
});
