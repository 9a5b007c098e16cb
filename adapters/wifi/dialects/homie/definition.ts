import { z, type PropertyFacts } from "koine/adapter";
import type { Codec } from "../../../reading/codec.ts";

/** What a device says of one of its properties. */
export const definitionSchema = z.object({
  name: z.string().optional(),
  datatype: z.string().optional(),
  unit: z.string().optional(),
  format: z.string().optional(),
  settable: z.boolean().optional(),
  retained: z.boolean().optional(),
});
export type Definition = Readonly<z.infer<typeof definitionSchema>>;

/** What a property is, and how that is written where the datatype alone does not say it. */
export interface Meaning {
  readonly is: string;
  readonly codec?: Codec;
  readonly limits?: Partial<PropertyFacts>;
}
