import {
  tuple,
  array,
  assert,
  boolean,
  constant,
  constantFrom,
  oneof,
  pre,
  property,
} from "fast-check";
import { describe, expect, test } from "vitest";
import { covers, isTopicFilter, isTopicName, matches } from "../../../src/bus/topic-filter.ts";

describe("a topic name", () => {
  test.each(["a", "/", "a//b", " ", "$SYS/x", "ä/ö"])("is %j", (topic) => {
    expect(isTopicName(topic)).toBe(true);
  });
  test.each(["", "a/+", "#", "a+b", "a\0b", "a\uFFFDb", "/".repeat(100)])("is not %j", (topic) => {
    expect(isTopicName(topic)).toBe(false);
  });
});

describe("a topic filter", () => {
  test.each(["#", "+", "a/#", "+/+/#", "/+", "a/b"])("is %j", (filter) => {
    expect(isTopicFilter(filter)).toBe(true);
  });
  test.each(["", "a#", "#/a", "a/#/b", "a+", "+a/b", "a\0"])("is not %j", (filter) => {
    expect(isTopicFilter(filter)).toBe(false);
  });
});

test.each([
  ["#", "a/b", true],
  ["a/#", "a", true],
  ["a/+", "a", false],
  ["a/+", "a/", true],
  ["+/b", "a/b", true],
  ["a/b/#", "a/+/c", true],
  ["a/+/c", "a/b/+", true],
  ["a/+/c", "a/b/d", false],
  ["#", "$SYS/x", false],
  ["+/x", "$SYS/x", false],
  ["$SYS/#", "$SYS/x", true],
])("%j and %j meet: %j", (one, other, isTrue) => {
  expect(matches(one, other)).toBe(isTrue);
  expect(matches(other, one)).toBe(isTrue);
});

const level = constantFrom("a", "b", "", "$c");
const topic = array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join("/"));
const filter = tuple(array(oneof(level, constant("+")), { minLength: 1, maxLength: 3 }), boolean())
  .map(([levels, isOpen]) => [...levels, ...(isOpen ? ["#"] : [])].join("/"))
  .filter(isTopicFilter);

test("a filter that covers another matches all its topics", () => {
  assert(
    property(filter, filter, topic, (wide, narrow, one) => {
      pre(covers(wide, narrow) && matches(narrow, one));
      expect(matches(wide, one)).toBe(true);
    }),
  );
});

test("filters that one topic matches meet", () => {
  assert(
    property(filter, filter, topic, (one, other, path) => {
      pre(matches(one, path) && matches(other, path));
      expect(matches(one, other)).toBe(true);
    }),
  );
});
