/** Every bound of the template reader: a template comes from the network, like what it reads. */
export const templateLimits = {
  /** Characters of a template; longer ones are refused. */
  templateLength: 8_192,
  /** Brackets and blocks inside one another; deeper ones are refused. Also lists inside lists. */
  depth: 50,
  /** Operators, filters and accesses of one expression; they nest as deep as there are. */
  operators: 500,
  /** Steps of one rendering; beyond, there is no result. */
  steps: 20_000,
  /** Characters of text that count as one step. */
  charactersPerStep: 64,
  /** Characters of a result, and of every text made on the way; beyond, there is no result. */
  output: 16_384,
  /** Items of a `range`; beyond, there is no result. */
  range: 1_000,
  /** Bits of an integer; beyond, there is no result. */
  integerBits: 1_024,
  /** Decimals a number is rounded to. */
  decimals: 20,
  /** Characters of a pattern; longer ones are refused. */
  patternLength: 200,
  /** Characters a pattern is applied to; beyond, there is no result. */
  patternInput: 4_096,
  /** Ways a pattern might try; where input and quantifiers allow more, there is no result. */
  patternTries: 100_000_000,
} as const;
