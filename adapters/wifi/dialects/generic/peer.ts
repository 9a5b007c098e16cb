import { z } from "koine/adapter";
import { peerShape } from "../../peers.ts";
import { mappingSchema } from "./mapping.ts";

const peerSchema = z.object({
  ...peerShape,
  /** What the configuration says of the topics it was heard on, and what their wildcards stood for. */
  mapped: z
    .array(z.object({ mapping: mappingSchema, levels: z.array(z.string()).readonly() }))
    .readonly(),
});
/** What is remembered of a device that only the configuration describes. */
export type MappedPeer = Readonly<z.infer<typeof peerSchema>>;

/** What each `+` of a filter stands for in a topic; undefined when the topic does not fit. */
export function levelsIn(filter: string | undefined, topic: string): readonly string[] | undefined {
  if (filter === undefined) return undefined;
  const [wanted, given] = [filter.split("/"), topic.split("/")];
  const levels: string[] = [];
  for (const [index, level] of wanted.entries()) {
    const there = given[index];
    if (level === "#") return levels;
    if (there === undefined || (level !== "+" && level !== there)) return undefined;
    if (level === "+") levels.push(there);
  }
  return wanted.length === given.length ? levels : undefined;
}

/** A text with `{1}` replaced by what the first `+` stood for, and so on. */
export function filled(text: string, levels: readonly string[]): string {
  return text.replace(/\{(\d)\}/g, (whole, n: string) => levels[Number(n) - 1] ?? whole);
}
