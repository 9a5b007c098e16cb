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
    let lucky = 0;
    for (let turn = 0; turn < texts; turn++) {
      const guess = String((turn * 7_919) % 10_000).padStart(4, "0");
      const act = acts[turn % acts.length] ?? "";
      const text = turn % 2 === 0 ? act : turn % 4 === 1 ? guess : `gate open 00${guess}`;
      const sent = farm.answers.findLast(({ class: name }) => name === "code")?.body ?? "";
      // One blind guess in ten thousand is right: that is no hole, and is counted.
      if (/^\d{4}$/.test(text) && sent.includes(` ${text} `)) lucky += 1;
      await farm.say(text);
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
        `${lucky} lucky guesses, ${farm.added.length} added, ${codes.length} codes, ${farm.answers.length} answers\n`,
    );
    expect(lucky).toBeLessThanOrEqual(1);
    expect(farm.gate.writes.length).toBeLessThanOrEqual(lucky);
    expect(farm.added.length).toBeLessThanOrEqual(lucky);
    expect(worst).toBeLessThanOrEqual(limits.codesInHour);
    expect(farm.answers.length).toBeLessThanOrEqual((days + 1) * (limits.answersInDay + 1));
  },
);
