import { array, assert, constantFrom, integer, oneof, property, string, tuple } from "fast-check";
import { describe, expect, test } from "vitest";
import utterances from "../../fixtures/dialogue/utterances.json" with { type: "json" };
import { Conversation } from "../../../src/dialogue/conversation.ts";
import type { Surroundings } from "../../../src/dialogue/decision.ts";
import { levelOf } from "../../../src/dialogue/levels.ts";
import { dialogueLimits as limits } from "../../../src/dialogue/limits.ts";
import { noMemory, type Memory } from "../../../src/dialogue/memory.ts";
import { codeAt, used } from "../../../src/dialogue/one-time-list.ts";
import type { Person } from "../../../src/dialogue/person.ts";
import { farmTargets, lexicon } from "../../support/dialogue-world.ts";

const amina: Person = {
  id: "person-amina",
  name: "Amina",
  adapter: "sms",
  language: "en",
  groups: ["farm"],
};
const secret = { secret: "31".repeat(20), counter: 0 };

function conversation(more: Partial<Surroundings> = {}): Conversation {
  return new Conversation({
    lexicon,
    targets: () => farmTargets,
    alarms: () => [],
    people: () => [amina],
    language: "en",
    owners: ["Amina"],
    rights: [],
    levels: [],
    levelOf: () => undefined,
    onMsOf: () => 7_200_000,
    isInAllOff: () => true,
    startedBy: () => ({ targets: [], isSure: true }),
    isStarted: () => false,
    balances: () => [],
    randomBelow: (most) => Math.floor(Math.random() * most),
    ...more,
  });
}

/** Every wish of a text that is dangerous, or adds somebody. */
function dangers({ errands = [], inquiry }: ReturnType<Conversation["decide"]>): readonly string[] {
  const acts = errands
    .filter(({ deed, target }) => levelOf(deed, target, undefined, []) === "danger")
    .map(({ target, deed }) => `${target.name} ${deed.verb}`);
  return inquiry?.verb.endsWith("add-person") ? [...acts, "add"] : acts;
}

const anyText = oneof(
  string({ unit: "grapheme", maxLength: 80 }),
  constantFrom(...utterances.map(({ text }) => text)),
  integer({ min: 0, max: 999_999 }).map(String),
  tuple(
    constantFrom("gate open", "unlock front door", "siren on", "heater 25", "add 0712345678 eve"),
    integer({ min: 0, max: 999_999 }),
  ).map(([text, code]) => `${text} ${String(code).padStart(6, "0")}`),
  constantFrom("gate open", "1", "2", "3", "?", "9", "ok", "yes", "gaet open", "unlock the door"),
);

describe("no text", () => {
  test("does what is dangerous without its code", () => {
    const unproven: string[] = [];
    assert(
      property(
        array(tuple(anyText, integer({ min: 0, max: 400_000 })), { maxLength: 30 }),
        (texts) => {
          const talk = conversation();
          let memory: Memory = { ...noMemory, list: secret };
          let nowMs = Date.UTC(2026, 10, 25, 12);
          for (const [body, passedMs] of texts) {
            nowMs += passedMs;
            const decision = talk.decide(amina, memory, { body, nowMs, ageMs: 1_000 });
            const digits = body.match(/\d{4,6}/g) ?? [];
            const isProven =
              digits.some((code) => code === memory.challenge?.code) ||
              digits.some((code) => memory.list !== undefined && used(memory.list, code));
            if (!isProven && dangers(decision).length > 0) unproven.push(body);
            memory = decision.memory;
          }
        },
      ),
      { numRuns: 2_000 },
    );
    expect(unproven).toEqual([]);
  });

  test("of ten thousand forged ones does what is dangerous, or has more codes sent than may be", () => {
    const talk = conversation();
    const started = Date.UTC(2026, 10, 25);
    let memory: Memory = noMemory;
    let [done, sent, answers] = [0, 0, 0];
    let worstHour = 0;
    const sentAt: number[] = [];
    const acts = ["gate open", "unlock front door", "siren on", "heater 25", "add 0712345678 eve"];
    // Somebody who forges the number, tries codes, and sees none of the answers: for ten days.
    for (let turn = 0; turn < 10_000; turn++) {
      const nowMs = started + turn * 86_400;
      const act = acts[Math.floor(turn / 4) % acts.length] ?? "";
      const guess = String((turn * 7_919) % 10_000).padStart(4, "0");
      const body = turn % 4 === 0 ? act : turn % 4 === 3 ? `${act} 00${guess}` : guess;
      const decision = talk.decide(amina, memory, { body, nowMs, ageMs: 1_000 });
      done += dangers(decision).filter(() => memory.challenge?.code !== guess).length;
      if (decision.answer) answers += 1;
      if (decision.answer?.class === "code") {
        sent += 1;
        sentAt.push(nowMs);
        worstHour = Math.max(worstHour, sentAt.filter((at) => nowMs - at < 3_600_000).length);
      }
      memory = decision.memory;
    }
    // oxlint-disable-next-line eslint/no-console -- the figures are what this test is read for
    console.log(
      `10,000 forged: ${done} dangerous acts, ${sent} codes, ${answers} answers in ten days`,
    );
    expect(done).toBe(0);
    expect(worstHour).toBeLessThanOrEqual(limits.codesInHour);
    expect(answers).toBeLessThanOrEqual(10 * limits.answersInDay + limits.answersInDay);
  });
});

describe("codes", () => {
  test("of a list are those of RFC 4226", () => {
    const list = { secret: Buffer.from("12345678901234567890").toString("hex"), counter: 0 };
    const codes = Array.from({ length: 10 }, (_, counter) => codeAt(list, counter));
    expect(codes).toEqual([
      "755224",
      "287082",
      "359152",
      "969429",
      "338314",
      "254676",
      "287922",
      "162583",
      "399871",
      "520489",
    ]);
  });

  test("of a list are used once, in order, and some may be lost on the way", () => {
    const second = used(secret, codeAt(secret, 0));
    expect(second?.counter).toBe(1);
    expect(second && used(second, codeAt(secret, 0))).toBeUndefined();
    expect(used(secret, codeAt(secret, 10))?.counter).toBe(11);
    expect(used(secret, codeAt(secret, 11))).toBeUndefined();
  });
});

describe("rights", () => {
  const reader = conversation({ rights: [{ who: ["Amina"], on: ["*"], may: "read" }] });
  const now = Date.UTC(2026, 10, 25, 12);
  const texts = ["pump on", "gate open", "valve 2 open 40", "kitchen light 50", "fan on 2h"];

  test.each(texts)("to read alone start nothing: %s", (body) => {
    const decision = reader.decide(amina, noMemory, { body, nowMs: now, ageMs: 0 });
    expect(decision.errands).toBeUndefined();
    expect(decision.answer?.text).toContain("You may not do that");
  });

  test("to read alone are enough to switch off", () => {
    const decision = reader.decide(amina, noMemory, { body: "pump off", nowMs: now, ageMs: 0 });
    expect(decision.errands).toHaveLength(1);
  });

  test("to read alone do not silence an alarm", () => {
    const alarm = { number: 12, message: "Pump lost", device: "Pump" };
    const talk = conversation({
      alarms: () => [alarm],
      rights: [{ who: ["*"], on: ["*"], may: "read" }],
    });
    const said = { body: "MUTE 12 24H", nowMs: now, ageMs: 0 };
    expect(talk.decide(amina, noMemory, said).inquiry).toBeUndefined();
    const taking = talk.decide(amina, noMemory, { ...said, body: "OK 12" });
    expect(taking.inquiry?.verb).toBe("alert-ack");
  });

  test("of a group hold for those in it, and for an area for what stands there", () => {
    const talk = conversation({
      rights: [{ who: ["group:farm"], on: ["area:field"], may: "act" }],
    });
    const act = (body: string) => talk.decide(amina, noMemory, { body, nowMs: now, ageMs: 0 });
    expect(act("pump on").errands).toHaveLength(1);
    expect(act("fan on").errands).toBeUndefined();
  });
});
