import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { Lines } from "./lines.ts";
import { TraceReader } from "./trace-reader.ts";

/**
 * Reads a whole trace, packed with gzip or not; ends when the stream ends. A packed file that was cut
 * short is read as far as it goes. Rejects with the stream's error, or gzip's for a damaged file.
 */
export async function readTrace(
  source: Readable,
): Promise<{ reader: TraceReader; isCut: boolean }> {
  const reader = new TraceReader();
  const lines = new Lines((line) => reader.push(line));
  let isCut = false;
  try {
    for await (const piece of await unpacked(source)) lines.push(String(piece));
  } catch (error) {
    if (!isCutShort(error)) throw error;
    isCut = true;
  }
  lines.end();
  return { reader, isCut };
}

export function traceFile(path: string): Readable {
  return createReadStream(path, { highWaterMark: pieceBytes });
}

const pieceBytes = 65_536;

async function unpacked(source: Readable): Promise<Readable> {
  const first = await firstPiece(source);
  if (first !== undefined) source.unshift(first);
  if (!first || first[0] !== 0x1f || first[1] !== 0x8b) return source.setEncoding("latin1");
  const gunzip = createGunzip();
  source.on("error", (error) => gunzip.destroy(error));
  return source.pipe(gunzip).setEncoding("latin1");
}

/** Undefined at the end of an empty stream. */
function firstPiece(source: Readable): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const read = (): void => {
      const piece: unknown = source.read();
      if (piece === null) return;
      source.off("readable", read);
      resolve(Buffer.isBuffer(piece) ? piece : undefined);
    };
    source.on("readable", read);
    source.once("end", () => resolve(undefined));
    source.once("error", reject);
  });
}

function isCutShort(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "Z_BUF_ERROR";
}
