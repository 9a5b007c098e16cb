/** From here on a piece is passed on as it is, instead of being copied; in bytes. */
const largePiece = 4_096;
const smallestSlab = 1_024;
const largestSlab = 65_536;
/** Bytes of UTF-8 that one UTF-16 unit may take. */
const bytesPerUnit = 3;

/**
 * Gathers what is written in small pieces. They are copied into one slab, because thousands of
 * small objects that wait for the end of a turn cost the collector more than the copying.
 */
export class WriteBuffer {
  /** What is complete: slabs that are full, and large pieces. */
  #whole: Buffer[] = [];
  #slab: Buffer | undefined;
  /** Where in the slab the part begins that is not in `#whole`, and where it ends. */
  #begin = 0;
  #end = 0;
  #size = 0;
  /** How much the last turns took, to begin with a slab that fits. */
  #usual = smallestSlab;

  /** Bytes. */
  get size(): number {
    return this.#size;
  }

  add(piece: Buffer | string): void {
    if (typeof piece === "string") this.#addText(piece);
    else if (piece.length >= largePiece) this.#addWhole(piece);
    else this.#addBytes(piece);
  }

  /** Everything since it was last taken, in order. */
  take(): readonly Buffer[] {
    this.#seal();
    const taken = this.#whole;
    this.#usual = Math.min(Math.max(this.#size, smallestSlab), largestSlab);
    this.#whole = [];
    this.#slab = undefined;
    this.#size = 0;
    return taken;
  }

  #addText(text: string): void {
    const most = text.length * bytesPerUnit;
    if (most >= largePiece) return this.add(Buffer.from(text));
    const slab = this.#slabFor(most);
    const count = slab.write(text, this.#end);
    this.#end += count;
    this.#size += count;
  }

  #addBytes(bytes: Buffer): void {
    const slab = this.#slabFor(bytes.length);
    slab.set(bytes, this.#end);
    this.#end += bytes.length;
    this.#size += bytes.length;
  }

  #addWhole(bytes: Buffer): void {
    this.#seal();
    this.#whole.push(bytes);
    this.#size += bytes.length;
  }

  #slabFor(bytes: number): Buffer {
    if (this.#slab && this.#end + bytes <= this.#slab.length) return this.#slab;
    this.#seal();
    const size = Math.max(this.#slab ? largestSlab : this.#usual, bytes);
    this.#slab = Buffer.allocUnsafe(size);
    this.#begin = 0;
    this.#end = 0;
    return this.#slab;
  }

  #seal(): void {
    if (!this.#slab || this.#end === this.#begin) return;
    this.#whole.push(this.#slab.subarray(this.#begin, this.#end));
    this.#begin = this.#end;
  }
}
