import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import {
  array,
  assert,
  asyncProperty,
  constantFrom,
  integer,
  oneof,
  property,
  string,
  uint8Array,
} from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Lines } from "../../../../src/health/trace/lines.ts";
import { readTrace, readTraceFile } from "../../../../src/health/trace/read-trace.ts";
import { TraceReader } from "../../../../src/health/trace/trace-reader.ts";
import { limits } from "../../../../src/limits.ts";

const fixtures = new URL("../../../fixtures/leak/", import.meta.url);
const packed = readFileSync(new URL("corpus/l-worker-inner.n20.plain.log.gz", fixtures));
const text = gunzipSync(packed);
const samples = ["node18.plain", "node20.nvp", "node22.verbose", "node24.fatal", "node26.nvp"]
  .map((name) => readFileSync(new URL(`samples/${name}.txt`, fixtures), "latin1"))
  .join("\n");

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "koine-trace-"));
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function file(name: string, content: Buffer | string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

/** All that was read, by one push for each line. */
function expected(whole: string): { histories: unknown; counts: unknown } {
  const reader = new TraceReader();
  const lines = whole.split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (const line of lines) reader.push(line);
  return { histories: reader.read(), counts: reader.counts };
}

function pieces(content: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(content.length / size) }, (_, index) =>
    content.subarray(index * size, (index + 1) * size),
  );
}

describe("a file", () => {
  test("may be a pipe, packed or not", async () => {
    for (const [name, content] of Object.entries({ packed, text })) {
      const path = join(directory, `${name}.pipe`);
      execFileSync("mkfifo", [path]);
      const [{ reader }] = await Promise.all([readTraceFile(path), writeFile(path, content)]);
      expect(reader.read()).toEqual(expected(text.toString("latin1")).histories);
    }
  });

  test("is read the same, packed or not, as a file or as a stream", async () => {
    const whole = expected(text.toString("latin1"));
    const sources = [
      readTraceFile(await file("trace.log", text)),
      readTraceFile(await file("trace.gz", packed)),
      readTrace(Readable.from(pieces(text, 1_000))),
      readTrace(Readable.from(pieces(packed, 1_000))),
      // A stream may come in one piece, and be at its end with it.
      readTrace(Readable.from([text])),
      readTrace(Readable.from([packed])),
      // The two bytes that tell a packed one may come alone.
      readTrace(Readable.from([packed.subarray(0, 2), packed.subarray(2)])),
    ];
    for (const { reader, isCut } of await Promise.all(sources)) {
      expect(isCut).toBe(false);
      expect({ histories: reader.read(), counts: reader.counts }).toEqual(whole);
    }
  });

  test("that is packed and cut short is read as far as it goes", async () => {
    const cut = packed.subarray(0, Math.floor(packed.length / 2));
    for (const source of [
      readTraceFile(await file("cut.gz", cut)),
      readTrace(Readable.from(pieces(cut, 1_000))),
    ]) {
      const { reader, isCut } = await source;
      expect(isCut).toBe(true);
      expect(reader.counts.collections).toBeGreaterThan(20);
    }
  });

  test("that is packed and damaged is refused", async () => {
    const damaged = Buffer.from(packed);
    damaged.fill(0xff, 200, 400);
    await expect(readTraceFile(await file("damaged.gz", damaged))).rejects.toThrow(/./);
    await expect(readTrace(Readable.from([damaged]))).rejects.toThrow(/./);
  });

  test("that is missing, or a directory, is refused", async () => {
    await expect(readTraceFile(join(directory, "none.log"))).rejects.toThrow("ENOENT");
    await expect(readTraceFile(directory)).rejects.toThrow("EISDIR");
  });

  test("that is empty has no lines", async () => {
    const { reader } = await readTraceFile(await file("empty.log", ""));
    expect(reader.counts.lines).toBe(0);
    const stream = await readTrace(Readable.from([]));
    expect(stream.reader.counts.lines).toBe(0);
  });

  test("of the Last few GCs on its own is read", async () => {
    const fatal = readFileSync(new URL("samples/node24.fatal.txt", fixtures));
    const { reader } = await readTraceFile(await file("fatal.log", fatal));
    expect(reader.read()).toMatchObject([{ ranOut: true }]);
  });
});

describe("lines", () => {
  test("are the same however the text is cut into pieces", () => {
    const whole = expected(samples);
    assert(
      property(array(integer({ min: 0, max: samples.length }), { maxLength: 40 }), (cuts) => {
        const reader = new TraceReader();
        const lines = new Lines((line) => reader.push(line));
        const edges = [0, ...cuts.toSorted((a, b) => a - b), samples.length];
        for (const [index, edge] of edges.entries()) {
          lines.push(samples.slice(edges[index - 1] ?? 0, edge));
        }
        lines.end();
        expect({ histories: reader.read(), counts: reader.counts }).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  test("that never end are handed on in parts, so that memory stays bounded", () => {
    let [longest, total] = [0, 0];
    const lines = new Lines((line) => {
      longest = Math.max(longest, line.length);
      total += line.length;
    });
    const piece = "x".repeat(10_000);
    for (let count = 0; count < 100; count++) lines.push(piece);
    lines.end();
    expect(longest).toBeLessThanOrEqual(limits.traceLineLength + piece.length);
    expect(total).toBe(1_000_000);
  });
});

describe("anything", () => {
  const fragments = samples
    .split("\n")
    .flatMap((line) => [line, line.slice(0, 60), line.slice(40), `${line}\n`]);

  test("that is bytes is read without an error", async () => {
    await assert(
      asyncProperty(array(uint8Array({ minLength: 1, maxLength: 200 })), async (parts) => {
        const source = parts.map((part) => Buffer.from(part));
        const isPacked = source[0]?.[0] === 0x1f;
        const read = readTrace(Readable.from(source));
        if (isPacked) await read.catch(() => {});
        else expect((await read).reader.counts.lines).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test("that is made of parts of a trace is read without an error, and each history makes sense", () => {
    assert(
      property(
        array(
          oneof(
            { weight: 4, arbitrary: constantFrom(...fragments) },
            { weight: 1, arbitrary: string({ unit: "binary", maxLength: 40 }) },
            { weight: 1, arbitrary: constantFrom("[1:0x1] ", '{"log":"', '{"type":"gc",', "\r") },
          ),
          { maxLength: 60 },
        ),
        (parts) => {
          const reader = new TraceReader();
          for (const line of parts.join("").split("\n")) reader.push(line);
          for (const history of reader.read()) {
            const { floors, majors, endMs, startMs, peakBytes } = history;
            expect(floors.length).toBeLessThanOrEqual(majors + reader.counts.samples);
            expect(endMs).toBeGreaterThanOrEqual(startMs);
            for (const { atMs, bytes } of floors) {
              expect(Number.isFinite(atMs) && Number.isFinite(bytes)).toBe(true);
            }
            expect(Number.isFinite(peakBytes)).toBe(true);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
