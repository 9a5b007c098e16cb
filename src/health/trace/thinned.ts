/**
 * A series of points in the order of time that never holds more than `most`: when it is full, of each
 * two neighbours the lower stays. What is kept is the lower envelope, which is what a floor is.
 */
export class Thinned<P extends { readonly bytes: number }> {
  readonly #most: number;
  #points: P[] = [];
  /** How many points of the source one that is kept stands for. */
  #stride = 1;
  #waiting: P | undefined;
  #waited = 0;

  constructor(most: number) {
    this.#most = most;
  }

  push(point: P): void {
    if (!this.#waiting || point.bytes <= this.#waiting.bytes) this.#waiting = point;
    this.#waited++;
    if (this.#waited < this.#stride) return;
    this.#points.push(this.#waiting);
    [this.#waiting, this.#waited] = [undefined, 0];
    if (this.#points.length < this.#most) return;
    this.#points = lowerOfPairs(this.#points);
    this.#stride *= 2;
  }

  clear(): void {
    [this.#points, this.#stride, this.#waiting, this.#waited] = [[], 1, undefined, 0];
  }

  /** All that is kept, the newest too. */
  read(): readonly P[] {
    return this.#waiting ? [...this.#points, this.#waiting] : this.#points;
  }
}

function lowerOfPairs<P extends { readonly bytes: number }>(points: readonly P[]): P[] {
  const kept: P[] = [];
  for (let index = 0; index < points.length; index += 2) {
    const [one, other] = [points[index], points[index + 1]];
    if (one) kept.push(other && other.bytes < one.bytes ? other : one);
  }
  return kept;
}
