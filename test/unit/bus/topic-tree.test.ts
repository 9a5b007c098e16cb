import * as fc from "fast-check";
import { expect, test } from "vitest";
import { TopicTree } from "../../../src/bus/topic-tree.ts";

test.each([
  ["a/b", "a/b", true],
  ["a/+", "a/b", true],
  ["a/+", "a", false],
  ["a/+", "a/b/c", false],
  ["a/#", "a", true],
  ["a/#", "a/b/c", true],
  ["#", "a/b", true],
  ["#", "$SYS/x", false],
  ["+/x", "$SYS/x", false],
  ["$SYS/#", "$SYS/x", true],
  ["a/$b/+", "a/$b/c", true],
  ["+", "", true],
  ["a//b", "a//b", true],
  ["a/+/b", "a//b", true],
  ["/+", "/a", true],
  ["+", "/a", false],
])("filter %j and topic %j match: %s", (filter, topic, fits) => {
  const topics = new TopicTree<string>();
  topics.set(topic, topic);
  expect([...topics.matchedBy(filter)]).toEqual(fits ? [topic] : []);
  const filters = new TopicTree<string>();
  filters.set(filter, filter);
  expect(filters.matching(topic)).toEqual(fits ? [filter] : []);
});

test("what was deleted is found no more and leaves nothing behind", () => {
  const tree = new TopicTree<number>();
  tree.set("a/b/c", 1);
  tree.set("a/b", 2);
  tree.set("a/b", 3);
  expect(tree.size).toBe(2);
  tree.delete("a/b/c");
  tree.delete("a/b/c");
  tree.delete("x/y");
  expect(tree.size).toBe(1);
  expect([...tree.matchedBy("#")]).toEqual([3]);
  expect(tree.get("a/b")).toBe(3);
  expect(tree.get("a/b/c")).toBeUndefined();
});

const level = fc.constantFrom("a", "b", "", "$x");
const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join("/"));
const filter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant("+")), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([levels, open]) => [...levels, ...(open ? ["#"] : [])].join("/"));

test("both directions agree with a matcher written after the standard", () => {
  fc.assert(
    fc.property(fc.uniqueArray(topic), fc.uniqueArray(filter), (topics, filters) => {
      const byTopic = new TopicTree<string>();
      const byFilter = new TopicTree<string>();
      for (const one of topics) byTopic.set(one, one);
      for (const one of filters) byFilter.set(one, one);
      for (const one of filters) {
        const expected = topics.filter((other) => matches(one, other));
        expect([...byTopic.matchedBy(one)].toSorted()).toEqual(expected.toSorted());
      }
      for (const one of topics) {
        const expected = filters.filter((other) => matches(other, one));
        expect(byFilter.matching(one).toSorted()).toEqual(expected.toSorted());
      }
    }),
    { numRuns: 500 },
  );
});

function matches(wanted: string, name: string): boolean {
  if (/^[+#]/.test(wanted) && name.startsWith("$")) return false;
  const [want, have] = [wanted.split("/"), name.split("/")];
  for (const [i, one] of want.entries()) {
    if (one === "#") return true;
    if (have[i] === undefined || (one !== "+" && one !== have[i])) return false;
  }
  return want.length === have.length;
}
