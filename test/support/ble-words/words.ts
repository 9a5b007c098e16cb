/** What an expected value of the collection is in the words of the vocabulary. */
export type Meaning =
  /** A reading: value = (expected + add) × mul, or map[expected]. */
  | {
      readonly is: string;
      readonly part?: string;
      readonly mul?: number;
      readonly add?: number;
      readonly map?: Readonly<Record<string, string | number | boolean>>;
      /** Of the expected value, where its source rounds more than it prints. */
      readonly tolerance?: number;
    }
  /** An event with this action, or with what the expected value maps to. */
  | {
      readonly event: string;
      readonly part?: string;
      readonly action?: string;
      readonly map?: Readonly<Record<string, string>>;
    }
  /** Not a reading: why it is none, such as the unit that a display shows. */
  | { readonly skip: string };

/** By format of the collection, or `*` for all the rest of the family; then by the expected key. */
export type Words = Readonly<Record<string, Readonly<Record<string, Meaning>>>>;
