import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, connect, type AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { Koine } from "../support/daemon.ts";

/** Labelled logs: one that leaks, one that does not, and one too short to say. */
const leaky = corpus("l-errors.n24.plain");
const clean = corpus("n-steady.n24.plain");
const short = fileURLToPath(new URL("../fixtures/leak/samples/node24.plain.txt", import.meta.url));

/** Keeps 12 kB more each 5 ms: a heap that stays small is collected soon, and so often. */
const leakyProgram = `
  const kept = [];
  const timer = setInterval(() => kept.push(new Array(1_500).fill(kept.length + 0.5)), 5);
`;
/** Works as hard, and keeps nothing. */
const cleanProgram = `
  let last;
  const timer = setInterval(() => { last = new Array(1_500).fill(Number(last?.length) + 0.5); }, 5);
`;
const endsAfter = (ms: number): string => `setTimeout(() => clearInterval(timer), ${ms});`;

/** Tells of each collection of the whole heap. */
const countsMajors = `
  let majors = 0;
  const observer = new (require("perf_hooks").PerformanceObserver)((list) => {
    for (const { detail } of list.getEntries()) if (detail.kind === 4) console.log("major " + ++majors);
  });
  observer.observe({ entryTypes: ["gc"] });
`;

/** What is the same in every report. */
const reportSchema = z.looseObject({
  source: z.string(),
  verdict: z.enum(["ok", "growing", "leak", "insufficient"]),
  severity: z.enum(["none", "watch", "critical"]),
  series: z.enum(["heap", "external", "native"]),
  confidence: z.number().min(0).max(1),
  ratePerHourBytes: z.number(),
  rateLowPerHourBytes: z.number(),
  rateHighPerHourBytes: z.number(),
  minDetectableRatePerHourBytes: z.number().nullable(),
  sinceMs: z.number(),
  model: z.string().nullable(),
  floorBytes: z.number(),
  limitBytes: z.number().nullable(),
  hoursToExhaustion: z.unknown(),
  ranOutOfMemory: z.boolean(),
  pid: z.number(),
  isolate: z.string(),
  majors: z.number(),
  minors: z.number(),
  windowHours: z.number(),
  gcPauseP50Ms: z.number().nullable(),
  gcPauseP99Ms: z.number().nullable(),
  gcPauseMaxMs: z.number(),
  isolates: z.array(z.unknown()),
  judged: z.array(z.unknown()).min(1),
  linesUnparsed: z.number(),
  linesRepeated: z.number(),
  isCut: z.boolean(),
});

let koine: Koine;
const programs: ChildProcess[] = [];

beforeAll(async () => {
  koine = await Koine.open();
});

afterAll(async () => {
  for (const program of programs) program.kill("SIGKILL");
  await koine[Symbol.asyncDispose]();
});

function corpus(id: string): string {
  return fileURLToPath(new URL(`../fixtures/leak/corpus/${id}.log.gz`, import.meta.url));
}

function json(out: string): z.infer<typeof reportSchema> {
  return reportSchema.parse(JSON.parse(out));
}

/** Runs `koine leak …`, its standard input given. */
async function leakWith(
  input: Buffer | string,
  ...args: readonly string[]
): Promise<{ code: number | null; out: string; err: string }> {
  const running = koine.start("leak", ...args);
  running.child.stdin?.on("error", () => {});
  running.child.stdin?.end(input);
  const code = await running.exit();
  return { code, out: running.out, err: running.err };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect({ host: "127.0.0.1", port });
  const isListening = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
  });
  socket.destroy();
  return isListening;
}

/** A program that runs until the end of the tests. */
interface Program {
  readonly pid: number;
  readonly child: ChildProcess;
  readonly output: () => string;
}

/** Resolves once it runs. Its inspector listens on the port, once it does. */
async function startProgram(code: string, inspector: string): Promise<Program> {
  const args = [inspector, "-e", `${code}; console.log("runs")`];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  programs.push(child);
  let output = "";
  child.stdout.on("data", (data: Buffer) => {
    output += data.toString();
  });
  await once(child.stdout, "data");
  return { pid: Number(child.pid), child, output: () => output };
}

/** Resolves once it holds; the time of the test bounds it. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

function isAlive(pid: number): boolean {
  return process.kill(pid, 0);
}

describe("koine leak of files", () => {
  test("says in a sentence that a program leaks, exit 1", async () => {
    const { code, out, err } = await koine.run("leak", leaky);
    expect(out).toMatch(/^LEAK {2}This program leaks: the heap grows by [\d.]+ [kMG]B an hour/);
    expect(out).toMatch(/[▁▂▃▄▅▆▇█]{8}/);
    expect(out).toMatch(/^ {2}Next: /m);
    expect(err).toBe("");
    expect(code).toBe(1);
  });

  test("says that it does not, and what would have shown, exit 0", async () => {
    const { code, out } = await koine.run("leak", clean);
    expect(out).toMatch(
      /^OK {2}No leak in the heap in \d+ (?:s|min): .*; a leak of more than [\d.]+ [kMG]B an hour in the heap would have shown\./,
    );
    expect(code).toBe(0);
  });

  test("says that nothing can be said, and what to do, exit 2", async () => {
    const { code, out } = await koine.run("leak", short);
    expect(out).toMatch(/^INSUFFICIENT {2}Nothing can be said yet: /);
    expect(out).toContain("run it longer");
    expect(code).toBe(2);
  });

  test("judges several, a report each, and ends with the worst", async () => {
    const { code, out } = await koine.run("leak", "--json", clean, leaky, clean);
    const reports = out.trim().split("\n").map(json);
    expect(reports.map(({ verdict }) => verdict)).toEqual(["ok", "leak", "ok"]);
    expect(reports.map(({ source }) => source)).toEqual([clean, leaky, clean]);
    expect(code).toBe(1);
    expect((await koine.run("leak", "--json", clean, short)).code).toBe(2);
  });

  test("prints one JSON object with all that is known", async () => {
    const { out } = await koine.run("leak", "--json", leaky);
    const report = json(out);
    expect(report).toMatchObject({ verdict: "leak", series: "heap", isCut: false });
    expect(report.rateLowPerHourBytes).toBeLessThanOrEqual(report.ratePerHourBytes);
    expect(report.rateHighPerHourBytes).toBeGreaterThanOrEqual(report.ratePerHourBytes);
    expect(report.gcPauseP50Ms).toBeLessThanOrEqual(report.gcPauseP99Ms ?? 0);
    expect(report.majors).toBeGreaterThan(5);
  });

  test("reads the standard input, packed or not", async () => {
    const text = gunzipSync(readFileSync(leaky));
    const plain = await leakWith(text, "--json", "-");
    expect(plain.code).toBe(1);
    expect(json(plain.out)).toMatchObject({ source: "standard input", verdict: "leak" });
    const packed = await leakWith(gzipSync(text), "--json", "-");
    expect(json(packed.out)).toEqual(json(plain.out));
  });

  test("draws what it judged, as well-formed XML", async () => {
    await koine.write("a & b <c>.log", gunzipSync(readFileSync(leaky)).toString("latin1"));
    const { code } = await koine.run("leak", "a & b <c>.log", "--svg", "leak.svg");
    expect(code).toBe(1);
    const svg = await readFile(`${koine.directory}/leak.svg`, "utf8");
    expect(xmlFault(svg)).toBeUndefined();
    expect(svg).toContain("leak: a &amp; b &lt;c&gt;.log");
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    const nowhere = await koine.run("leak", clean, "--svg", "none/leak.svg");
    expect(nowhere).toMatchObject({
      code: 65,
      err: expect.stringContaining('Cannot write "none/leak.svg"') as string,
    });
  });

  test("reads a packed file that is cut short as far as it goes, and says so", async () => {
    const packed = readFileSync(leaky);
    const { out } = await leakWith(packed.subarray(0, packed.length * 0.9), "-");
    expect(out).toContain("the packed file ends too early; what is there was read");
  });
});

describe("koine leak of what is no trace ends with 65 and says why", () => {
  test("when it is empty", async () => {
    await koine.write("empty.log", "");
    const { code, out, err } = await koine.run("leak", "empty.log");
    expect(err).toMatch(/^"empty\.log" is no trace of V8: it is empty\. Expected is what /);
    expect(out).toBe("");
    expect(code).toBe(65);
    expect(await leakWith("", "-")).toMatchObject({ code: 65, out: "" });
  });

  test("when it is another log", async () => {
    await koine.write("other.log", "GET / 200\nGET / 404\n");
    const { code, err } = await koine.run("leak", "other.log");
    expect(err).toContain("none of its 2 lines is a garbage collection");
    expect(code).toBe(65);
  });

  test("when it is binary", async () => {
    const { code, err } = await koine.run("leak", process.execPath);
    expect(err).toContain("is no trace of V8: none of its ");
    expect(code).toBe(65);
  });

  test("when it is a directory, or is not there", async () => {
    expect(await koine.run("leak", ".")).toMatchObject({ code: 65, out: "" });
    const missing = await koine.run("leak", "none.log");
    expect(missing.code).toBe(65);
    expect(missing.err).toMatch(/^Cannot read "none\.log": /);
    expect(missing.err).not.toMatch(/\n +at /);
  });

  test("when it is packed and damaged", async () => {
    const damaged = readFileSync(leaky);
    damaged.fill(0xff, 500, 900);
    const { code, err } = await leakWith(damaged, "-");
    expect(err).toMatch(/^Cannot read "standard input": /);
    expect(code).toBe(65);
  });
});

describe("koine leak that is used wrongly ends with 64", () => {
  test.each([
    "leak",
    "leak --nonsense x.log",
    "leak run",
    "leak run --every soon -- node",
    "leak run --for -3s -- node",
    "leak attach",
    "leak attach web",
    "leak attach 0",
    "leak attach 1 --port 99999",
  ])("koine %s", async (line) => {
    const { code, out, err } = await koine.run(...line.split(" "));
    expect(err).not.toBe("");
    expect(out).toBe("");
    expect(code).toBe(64);
  });
});

describe.concurrent("koine leak run", () => {
  const node = process.execPath;

  test("finds the leak of a program that ends by itself, exit 1", async () => {
    const code = leakyProgram + endsAfter(12_000);
    const run = await koine.run(
      "leak",
      "run",
      "--json",
      "--every",
      "150ms",
      "--",
      node,
      "-e",
      code,
    );
    expect(json(run.out)).toMatchObject({ verdict: "leak", series: "heap" });
    expect(run.code).toBe(1);
  });

  test("asks a program that does not end to stop, and finds none in a clean one", async () => {
    const args = ["--json", "--every", "150ms", "--for", "7s"];
    const run = await koine.run("leak", "run", ...args, "--", node, "-e", cleanProgram);
    const report = json(run.out);
    expect(report.verdict).not.toBe("leak");
    expect(report.majors).toBeGreaterThan(3);
    expect(run.err).toContain("The program ended with SIGTERM");
    expect(run.code).toBe(report.verdict === "ok" ? 0 : 2);
  });

  test("leaves the output, the arguments and the input of the program as they are", async () => {
    const program = `process.stdin.on("data", (data) => process.stdout.write("got " + data));
      process.stdin.on("end", () => { console.error("told"); console.log(process.argv.slice(1).join()); setTimeout(() => {}, 500); });`;
    const args = ["--every", "100ms", "--", node, "-e", program, "--", "--json", "two words"];
    const run = await leakWith("hello\n", "run", ...args);
    expect(run.out).toMatch(/^got hello\n--json,two words\nINSUFFICIENT {2}/);
    expect(run.err).toBe("told\n");
    const quiet = await leakWith("hello\n", "run", "--json", ...args);
    expect(json(quiet.out).verdict).toBe("insufficient");
    expect(quiet.err).toBe("got hello\ntold\n--json,two words\n");
  });

  test("keeps the NODE_OPTIONS of the user", async () => {
    await using own = await Koine.open();
    own.env = { NODE_OPTIONS: "--max-old-space-size=321 --title=mine" };
    const program = `console.log(process.title, require("v8").getHeapStatistics().heap_size_limit); setTimeout(() => {}, 400)`;
    const args = ["--every", "100ms", "--", node, "-e", program];
    const run = await own.run("leak", "run", ...args);
    expect(run.out).toMatch(/^mine [3-5]\d{8}\n/);
  });

  test("does not start a program whose recording cannot be kept, exit 65", async () => {
    const args = [
      "--record",
      "/nowhere/kept.jsonl",
      "--",
      process.execPath,
      "-e",
      "console.log('runs')",
    ];
    const { code, out, err } = await koine.run("leak", "run", ...args);
    expect(err).toBe('Cannot write "/nowhere/kept.jsonl": no such file or directory\n');
    expect(out).toBe("");
    expect(code).toBe(65);
  });

  test("keeps one recording of a program that moves to another directory", async () => {
    const inner = `${cleanProgram}; ${endsAfter(1_000)}`;
    const outer = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(inner)}], { cwd: "/", stdio: "inherit" })`;
    const args = ["--every", "100ms", "--record", "moved.jsonl", "--json"];
    const { out } = await koine.run("leak", "run", ...args, "--", process.execPath, "-e", outer);
    expect(json(out).isolates).toHaveLength(1);
  });

  test("keeps the recording, which can be judged again", async () => {
    const program = cleanProgram + endsAfter(1_500);
    const args = ["--every", "100ms", "--record", "kept.jsonl", "--json"];
    const run = await koine.run("leak", "run", ...args, "--", node, "-e", program);
    const again = await koine.run("leak", "--json", "kept.jsonl");
    expect(again.code).toBe(run.code);
    expect(json(again.out)).toEqual({ ...json(run.out), source: "kept.jsonl" });
    expect(json(again.out).linesUnparsed).toBe(0);
  });

  test("says how the program failed, and judges it all the same", async () => {
    const program = `setTimeout(() => process.exit(7), 600)`;
    const run = await koine.run("leak", "run", "--every", "100ms", "--", node, "-e", program);
    expect(run.err).toBe("The program ended with 7\n");
    expect(run.code).toBe(2);
  });

  test("ends with 69 when there is no such program", async () => {
    const run = await koine.run("leak", "run", "--", "/none/such-program");
    expect(run.err).toMatch(/^Cannot run "\/none\/such-program": /);
    expect(run.code).toBe(69);
  });

  test("ends with 65 when the program is none of Node", async () => {
    const run = await koine.run("leak", "run", "--", "true");
    expect(run.err).toContain('"true" wrote no recording and ended with 0');
    expect(run.code).toBe(65);
  });
});

describe.concurrent("koine leak attach", () => {
  const looks = ["--json", "--every", "200ms"];

  test.each([
    ["finds the leak of a running program", leakyProgram, 1],
    ["finds none in a clean one", cleanProgram, undefined],
  ])("%s, and leaves it running, its inspector closed", async (_, program, expected) => {
    const port = await freePort();
    const { pid } = await startProgram(program, `--inspect-port=${port}`);
    const args = [String(pid), "--port", String(port), "--for", "12s"];
    const run = await koine.run("leak", "attach", ...args, ...looks);
    const report = json(run.out);
    if (expected === 1) expect(report.verdict).toBe("leak");
    else expect(report.verdict).not.toBe("leak");
    expect(run.code).toBe({ leak: 1, ok: 0, growing: 2, insufficient: 2 }[report.verdict]);
    expect(report).toMatchObject({ pid, isolate: "main", source: `process ${pid}` });
    expect(isAlive(pid)).toBe(true);
    await until(async () => !(await isOpen(port)));
  });

  test.each([
    ["comes to its end", endsAfter(1_500)],
    ["exits", "setTimeout(() => process.exit(), 1_500);"],
  ])("lets a program go that %s, and judges what it has seen", async (how, ending) => {
    const port = await freePort();
    const { pid, child } = await startProgram(cleanProgram + ending, `--inspect-port=${port}`);
    const file = `${how}.jsonl`;
    const args = [String(pid), "--port", String(port), "--for", "10m", "--record", file];
    const run = await koine.run("leak", "attach", ...args, ...looks);
    expect(json(run.out).pid).toBe(pid);
    await until(async () => child.exitCode === 0);
    const again = await koine.run("leak", "--json", file);
    expect(json(again.out)).toEqual({ ...json(run.out), source: file });
  });

  test("says what it has seen although the recording cannot be kept, exit 65", async () => {
    const port = await freePort();
    const { pid } = await startProgram(cleanProgram, `--inspect-port=${port}`);
    const args = ["--port", String(port), "--for", "300ms", "--every", "100ms"];
    const kept = ["--record", "/nowhere/kept.jsonl", "--json"];
    const { code, out, err } = await koine.run("leak", "attach", String(pid), ...args, ...kept);
    expect(json(out).pid).toBe(pid);
    expect(err).toContain('Cannot write "/nowhere/kept.jsonl"');
    expect(code).toBe(65);
  });

  test("can be interrupted, and judges what it has seen", async () => {
    const port = await freePort();
    const code = cleanProgram + countsMajors;
    const { pid, output } = await startProgram(code, `--inspect-port=${port}`);
    const args = [String(pid), "--port", String(port), "--for", "10m"];
    const running = koine.start("leak", "attach", ...args, ...looks);
    // The second collection that is forced comes after the first look.
    await until(async () => output().includes("major 2"));
    running.signal("SIGINT");
    await running.exit();
    expect(json(running.out).verdict).toBe("insufficient");
    expect(isAlive(pid)).toBe(true);
    await until(async () => !(await isOpen(port)));
  });

  test("leaves an inspector open that was open before", async () => {
    const port = await freePort();
    const { pid } = await startProgram(cleanProgram, `--inspect=127.0.0.1:${port}`);
    const args = [String(pid), "--port", String(port), "--for", "500ms"];
    const run = await koine.run("leak", "attach", ...args, ...looks);
    expect(run.code).toBe(2);
    expect(await isOpen(port)).toBe(true);
  });

  test("ends with 69 when the port is another program's inspector, and leaves both alone", async () => {
    const port = await freePort();
    const { pid: other } = await startProgram(cleanProgram, `--inspect=127.0.0.1:${port}`);
    const { pid } = await startProgram(cleanProgram, `--inspect-port=${await freePort()}`);
    const run = await koine.run("leak", "attach", String(pid), "--port", String(port));
    expect(run.err).toContain(
      `Port ${port} on 127.0.0.1 belongs to process ${other}, not to process ${pid}`,
    );
    expect(run.code).toBe(69);
    expect([isAlive(pid), isAlive(other), await isOpen(port)]).toEqual([true, true, true]);
  });

  test("ends with 69 when the port is no inspector at all", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.end("220 mail\r\n");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { pid } = await startProgram(cleanProgram, `--inspect-port=${await freePort()}`);
    const run = await koine.run("leak", "attach", String(pid), "--port", String(port));
    server.close();
    expect(run.err).toBe(
      `Port ${port} on 127.0.0.1 is taken, and not by the inspector of a Node program\n`,
    );
    expect(run.code).toBe(69);
    expect(isAlive(pid)).toBe(true);
  });

  test.each([
    ["sleep", ["600"]],
    ["bash", ["-c", "trap : USR1; echo ready; while :; do sleep 0.2; done"]],
  ])("ends with 69 when it is no Node program but %s, which lives on", async (command, words) => {
    const other = spawn(command, words, { stdio: ["ignore", "pipe", "ignore"] });
    programs.push(other);
    if (command === "bash") await once(other.stdout, "data");
    const port = String(await freePort());
    const run = await koine.run("leak", "attach", String(other.pid), "--port", port);
    expect(run.err).toBe(`Process ${other.pid} is no Node program, or one without an inspector\n`);
    expect(run.code).toBe(69);
    expect(other.exitCode ?? other.signalCode).toBeNull();
    expect(isAlive(Number(other.pid))).toBe(true);
  });

  test("ends with 69 when there is no such process", async () => {
    const gone = spawn("true", { stdio: "ignore" });
    await once(gone, "exit");
    const port = String(await freePort());
    const run = await koine.run("leak", "attach", String(gone.pid), "--port", port);
    expect(run.err).toMatch(new RegExp(`^Cannot look at process ${gone.pid}: `));
    expect(run.code).toBe(69);
  });
});

/** Where an XML document is not well-formed: every element is closed, every `&` an entity. */
function xmlFault(text: string): string | undefined {
  const open: string[] = [];
  const pieces = /<(\/?)([a-z]+)((?: [a-zA-Z0-9:-]+="[^"<&]*")*)(\/?)>|([^<]+)/y;
  while (pieces.lastIndex < text.length) {
    const from = pieces.lastIndex;
    const found = pieces.exec(text);
    if (!found) return `at ${text.slice(from, from + 60)}`;
    const [, closes, name = "", , isEmpty, content] = found;
    if (content !== undefined) {
      if (/&(?!amp;|lt;|gt;|quot;|#\d+;)/.test(content)) return `at ${content}`;
    } else if (closes) {
      if (open.pop() !== name) return `</${name}> closes nothing`;
    } else if (!isEmpty) open.push(name);
  }
  return open.length > 0 ? `<${open.join("> <")}> stay open` : undefined;
}
