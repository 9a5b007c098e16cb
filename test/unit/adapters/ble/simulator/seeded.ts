/** Numbers that repeat: a linear congruential generator. */
export function seeded(seed = 1): () => number {
  let number = seed;
  return () => {
    number = (Math.imul(number, 1_664_525) + 1_013_904_223) >>> 0;
    return number / 2 ** 32;
  };
}
