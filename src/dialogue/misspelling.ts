import { editDistance } from "../nearest.ts";

/** Letters below which one mistake is forgiven, and above which two are. */
const shortWord = 5;

/**
 * What a misspelt word was meant to be: the nearest of the candidates, when all that are as near
 * stand for the same. Words with digits are never corrected.
 * @param candidates each word, and what it stands for
 */
export function corrected<T>(
  word: string,
  candidates: Iterable<readonly [word: string, meaning: T]>,
  nameOf: (meaning: T) => string,
): T | undefined {
  if (/\d/.test(word)) return undefined;
  const most = word.length <= shortWord ? 1 : 2;
  let best: { readonly distance: number; readonly meanings: T[] } | undefined;
  for (const [candidate, meaning] of candidates) {
    if (Math.abs(candidate.length - word.length) > most) continue;
    if (Math.max(candidate.length, word.length) < 3) continue;
    const distance = editDistance(word, candidate);
    if (distance > most || distance >= candidate.length - 1) continue;
    if (!best || distance < best.distance) best = { distance, meanings: [meaning] };
    else if (distance === best.distance) best.meanings.push(meaning);
  }
  const [first, ...others] = best?.meanings ?? [];
  if (first === undefined) return undefined;
  return others.every((other) => nameOf(other) === nameOf(first)) ? first : undefined;
}
