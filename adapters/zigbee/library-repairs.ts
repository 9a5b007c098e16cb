/**
 * Two faults of zigbee-herdsman 10.9.5, mended where they stand; each is left alone when the library
 * is not as it was when this was written. Measured in docs/adr/0013-zigbee.md.
 */
import { createRequire } from "node:module";

/** Only what is mended here. */
interface Socketed {
  initialized: boolean;
  skipBootloader?: () => Promise<void>;
}

interface Parsing {
  buffer: Buffer;
  emit(event: "parsed", frame: unknown): boolean;
  parseNext?: () => void;
  _transform?: (chunk: Buffer, encoding: unknown, done: () => void) => void;
}

interface FrameKind {
  fromBuffer(length: number, checksumAt: number, bytes: Buffer): unknown;
}

/** The driver of Texas Instruments' sticks, inside the library. */
const driver = "./adapter/z-stack";

const startByte = 0xfe;
/** Start byte, length, two command bytes, checksum. */
const overhead = 5;
const longest = 250;
const tells = 2;
const answers = 3;

/** Resolves when both are mended. */
export async function repairLibrary(): Promise<void> {
  try {
    const require = createRequire(import.meta.resolve("zigbee-herdsman"));
    const load = (part: string): Exports => asModule(require(`${driver}/${part}.js`));
    repairSocket(load("znp/znp").Znp?.prototype);
    repairParser(load("unpi/parser").Parser?.prototype, load("unpi/frame").Frame);
  } catch {
    // Another version, laid out differently: it works as it is, only more slowly.
  }
}

/** What one of these modules may export. */
interface Exports {
  readonly Znp?: { readonly prototype: Socketed };
  readonly Parser?: { readonly prototype: Parsing };
  readonly Frame?: FrameKind;
}

function asModule(loaded: unknown): Exports {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- held against what it must have
  return loaded as Exports;
}

/**
 * A stick behind TCP is asked whether it is awake before the socket is marked as usable, so that the
 * question always fails and a second is waited in vain.
 */
function repairSocket(znp: Socketed | undefined): void {
  const skip = znp?.skipBootloader;
  if (!znp || !skip) return;
  znp.skipBootloader = async function skipBootloader(this: Socketed) {
    this.initialized = true;
    await skip.call(this);
  };
}

/**
 * The parser writes what it reads, and the whole unread rest for each frame, into texts, logged or
 * not, which makes many frames in one read quadratic; and after a bad frame it skips as many bytes as that frame
 * claimed to have, good ones included.
 */
function repairParser(parser: Parsing | undefined, frames: FrameKind | undefined): void {
  if (!parser?.parseNext || !parser._transform || !frames) return;
  parser._transform = takeChunk;
  parser.parseNext = function parseNext(this: Parsing) {
    let at = this.buffer.indexOf(startByte);
    while (at >= 0) {
      const [, length, command] = this.buffer.subarray(at);
      if (!isPlausible(length, command)) {
        at = this.buffer.indexOf(startByte, at + 1);
        continue;
      }
      if (length === undefined || this.buffer.length < at + overhead + length) break;
      const end = at + overhead + length;
      const frame = parsed(frames, length, this.buffer.subarray(at, end));
      if (frame !== undefined) this.emit("parsed", frame);
      at = this.buffer.indexOf(startByte, frame === undefined ? at + 1 : end);
    }
    this.buffer = at < 0 ? Buffer.alloc(0) : this.buffer.subarray(at);
  };
}

function takeChunk(this: Parsing, chunk: Buffer, _: unknown, done: () => void): void {
  this.buffer = this.buffer.length === 0 ? chunk : Buffer.concat([this.buffer, chunk]);
  this.parseNext?.();
  done();
}

/** A stick sends at most 250 bytes, and answers (3) or tells (2): anything else starts no frame. */
function isPlausible(length = 0, command = answers << 5): boolean {
  const kind = command >> 5;
  return length <= longest && (kind === tells || kind === answers);
}

function parsed(frames: FrameKind, length: number, bytes: Buffer): unknown {
  try {
    return frames.fromBuffer(length, length + overhead - 1, bytes);
  } catch {
    return undefined;
  }
}
