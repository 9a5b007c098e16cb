import { open, type FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { Lines } from "./lines.ts";
import { TraceReader } from "./trace-reader.ts";

export interface ReadTrace {
  readonly reader: TraceReader;
  /** Whether a packed trace was cut or damaged; what came before was read. */
  readonly isCut: boolean;
}

/** Reads a whole trace, packed with gzip or not. Rejects with the error of the file or of gzip. */
export async function readTraceFile(path: string): Promise<ReadTrace> {
  await using file = await open(path);
  // A pipe, such as <(zcat …) of a shell, has no places to read at.
  if ((await file.stat()).isFIFO()) {
    return await readTrace(file.createReadStream({ autoClose: false }));
  }
  const start = Buffer.alloc(2);
  await file.read(start, 0, 2, 0);
  if (!isPacked(start)) return await readPieces(piecesOf(file));
  return await readPieces(
    file.createReadStream({ start: 0, autoClose: false }).pipe(createGunzip()),
  );
}

/** The same of a stream, until it ends. */
export async function readTrace(source: Readable): Promise<ReadTrace> {
  const first = await firstPiece(source);
  if (!first || !isPacked(first)) return readPieces(source);
  const gunzip = createGunzip();
  source.on("error", (error) => gunzip.destroy(error));
  return readPieces(source.pipe(gunzip));
}

async function readPieces(pieces: AsyncIterable<Buffer | string>): Promise<ReadTrace> {
  const reader = new TraceReader();
  const lines = new Lines((line) => reader.push(line));
  let isCut = false;
  try {
    for await (const piece of pieces) {
      lines.push(typeof piece === "string" ? piece : piece.toString("latin1"));
    }
  } catch (error) {
    if (!isDamaged(error) || reader.counts.lines === 0) throw error;
    isCut = true;
  }
  lines.end();
  reader.counts.linesCut = lines.cut;
  return { reader, isCut };
}

/** All through one buffer: a new one for each piece is memory that waits to be collected. */
async function* piecesOf(file: FileHandle): AsyncGenerator<string> {
  const buffer = Buffer.alloc(pieceBytes);
  for (let position = 0; ;) {
    const { bytesRead } = await file.read(buffer, 0, pieceBytes, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.toString("latin1", 0, bytesRead);
  }
}

const pieceBytes = 32_768;

function isPacked(start: Buffer): boolean {
  return start[0] === 0x1f && start[1] === 0x8b;
}

/** What a stream begins with, which stays in it; undefined at the end of an empty one. */
function firstPiece(source: Readable): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const read = (): void => {
      const piece: unknown = source.read();
      if (piece === null) return;
      source.off("readable", read);
      // A stream at its end takes nothing back later than at once.
      source.unshift(piece);
      resolve(Buffer.isBuffer(piece) ? piece : undefined);
    };
    source.on("readable", read);
    source.once("end", () => resolve(undefined));
    source.once("error", reject);
  });
}

/** Cut short, or damaged from somewhere on. */
function isDamaged(error: unknown): boolean {
  if (!(error instanceof Error && "code" in error)) return false;
  return error.code === "Z_BUF_ERROR" || error.code === "Z_DATA_ERROR";
}
