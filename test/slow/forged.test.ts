import { expect, test } from "vitest";
import { dialogueLimits as limits } from "../../src/dialogue/limits.ts";
import { FarmWorld } from "../support/farm-world.ts";

const texts = Number(process.env["KOINE_FORGED"] ?? 10_000);

test(
  `${texts} forged texts do nothing that is dangerous, through the whole gateway`,
  { timeout: 60_000 + texts * 60 },
  async () => {
    await using farm = await FarmWorld.open();
    const acts = ["gate open", "open the gate", "1", "ok", "add 0712345678 eve"];
    // Somebody who forges the number of an owner, and sees none of the answers: one text a minute.
    for (let turn = 0; turn < texts; turn++) {
      const guess = String((turn * 7_919) % 10_000).padStart(4, "0");
      const act = acts[turn % acts.length] ?? "";
      await farm.say(turn % 2 === 0 ? act : turn % 4 === 1 ? guess : `gate open 00${guess}`);
      await farm.gateway.clock.advance(60_000);
    }
    const codes = farm.answers.filter(({ class: name }) => name === "code");
    const worst = Math.max(
      0,
      ...codes.map(
        ({ atMs }) => codes.filter((one) => Math.abs(one.atMs - atMs) < 1_800_000).length,
      ),
    );
    const days = texts / 1_440;
    process.stdout.write(
      `forged: ${texts} texts in ${days.toFixed(1)} days: ${farm.gate.writes.length} openings, ` +
        `${farm.added.length} added, ${codes.length} codes, ${farm.answers.length} answers\n`,
    );
    expect(farm.gate.writes).toEqual([]);
    expect(farm.added).toEqual([]);
    expect(worst).toBeLessThanOrEqual(limits.codesInHour);
    expect(farm.answers.length).toBeLessThanOrEqual((days + 1) * (limits.answersInDay + 1));
  },
);
