/** One of many numbers; outside of them it is no number, and so is all that is made of it. */
export function at(values: Float64Array, index: number): number {
  return values[index] ?? Number.NaN;
}
