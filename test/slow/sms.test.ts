import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Make } from "../../adapters/sms/simulator/manners.ts";
import type { Verdict } from "../../adapters/sms/simulator/network.ts";
import { Chance } from "../support/chance.ts";
import { Trial } from "../support/sms-trial.ts";

const { env } = process;
const texts = Number(env["KOINE_SMS_TEXTS"] ?? 1_000);
const kills = Number(env["KOINE_SMS_KILLS"] ?? 50);
const pulls = Number(env["KOINE_SMS_PULLS"] ?? 20);
const noiseSeconds = Number(env["KOINE_SMS_NOISE_SECONDS"] ?? 1_800);
const seed = Number(env["KOINE_SEED"] ?? 1);
const all: readonly Make[] = ["sim800l", "sim7600", "e3372", "ec25"];
const makes = all.filter((make) => (env["KOINE_SMS_MAKES"] ?? make).includes(make));

/** One in four takes several messages, some with emoji, some with long references, all shuffled. */
function textTo({ network }: Trial, chance: Chance): number {
  const isLong = chance.happens(0.25);
  const length = isLong ? chance.between(165, 600) : chance.between(1, 150);
  const unit = chance.pick(["a", "{", "😀", "ж"]);
  // No two are the same: one that comes twice in a second is the same one.
  texted += 1;
  const text = `${texted} ${unit.repeat(length)}`;
  const shuffle = (parts: readonly string[]): readonly string[] =>
    parts.toSorted(() => (chance.happens(0.5) ? 1 : -1));
  network.text(Trial.amina, text, { bits: chance.pick([8, 16]), shuffle });
  return Array.from(text).length;
}

/** Texts sent so far. */
let texted = 0;

function sorted(numbers: readonly number[]): readonly number[] {
  return numbers.toSorted((a, b) => a - b);
}

test.for(makes)(
  `${texts} texts come over a %s while the gateway is killed ${kills} times: each is told`,
  { timeout: (texts * 200 + kills * 5_000) * 2 },
  async (make) => {
    const chance = new Chance(seed);
    await using trial = await Trial.open(make, chance);
    const sent: number[] = [];
    for (let life = 0; life <= kills; life++) {
      const until = Math.floor((texts * (life + 1)) / (kills + 1));
      while (sent.length < until) sent.push(textTo(trial, chance));
      if (life === kills) break;
      await sleep(chance.between(300, 1_500));
      await trial.kill();
      trial.start();
    }
    await trial.until(
      () => trial.heard.length >= sent.length && trial.modem.stored.length === 0,
      texts * 0.2 + 30,
    );
    await sleep(1_000);
    const heard = trial.heard;
    process.stdout.write(`${make}: ${sent.length} came, ${heard.length} told, ${kills} kills\n`);
    expect(sorted(heard)).toEqual(sorted(sent));
  },
);

test.for(makes)(
  `${texts} texts go out over a %s that refuses, falls silent and is unplugged: none is lost or claimed`,
  { timeout: texts * 2_000 + 120_000 },
  async (make) => {
    const chance = new Chance(seed);
    await using trial = await Trial.open(make, chance, {
      args: ["--time-scale", String(Trial.scale)],
    });
    trial.network.judge = (): Verdict => {
      if (chance.happens(0.1)) return chance.pick([38, 41, 500]);
      return chance.happens(0.05) ? "accepted_in_silence" : "accepted";
    };
    await trial.until(() => trial.said.some(({ payload }) => payload === '"ready"'), 20);
    const ids: string[] = [];
    for (let n = 0; n < texts; n++) {
      const id = `t${n}`;
      ids.push(id);
      const message = { body: `text ${n}.`, class: n % 5 === 0 ? "code" : "alarm" };
      await trial.client.publishAsync(
        "koine/1/person-amina/set",
        JSON.stringify({ _id: id, message }),
        { qos: 1 },
      );
      await trial.until(() => n + 1 - trial.results.size < 8, 60);
      if (chance.happens(0.03)) {
        await trial.line.close();
        await sleep(chance.between(10, 300));
        await trial.line.open();
      }
    }
    await trial.until(() => trial.results.size === texts, 120);
    const arrivals = new Map<string, number>();
    for (const { text } of trial.network.arrived) arrivals.set(text, (arrivals.get(text) ?? 0) + 1);
    const of = (n: number): number => arrivals.get(`text ${n}.`) ?? 0;
    const results = ids.map((id) => trial.results.get(id));
    const stages = new Map<string, number>();
    for (const result of results) {
      const stage = result?.stage ?? result?.status ?? "none";
      stages.set(stage, (stages.get(stage) ?? 0) + 1);
    }
    process.stdout.write(`${make}: ${JSON.stringify(Object.fromEntries(stages))}\n`);
    const claimed = ids.filter((_, n) => results[n]?.stage === "delivered" && of(n) === 0);
    const lost = ids.filter(
      (_, n) => of(n) === 0 && !["unknown", "failed", "queued"].includes(results[n]?.stage ?? ""),
    );
    const codesTwice = ids.filter((_, n) => n % 5 === 0 && of(n) > 1);
    const unanswered = ids.filter((_, n) => results[n] === undefined);
    expect({ claimed, lost, codesTwice, unanswered }).toEqual({
      claimed: [],
      lost: [],
      codesTwice: [],
      unanswered: [],
    });
  },
);

test.skipIf(!existsSync("/usr/bin/socat"))(
  `a modem that is pulled out ${pulls} times, and is another tty each time, works within 10 s`,
  { timeout: pulls * 30_000 + 60_000 },
  async () => {
    const chance = new Chance(seed);
    const folder = await mkdtemp(join(tmpdir(), "koine-tty-"));
    const byId = join(folder, "usb-modem");
    await using trial = await Trial.open("e3372", chance, { port: byId });
    /** As udev does it: another tty, and the name of the device leads to it. */
    const plug = async (n: number): Promise<ChildProcess> => {
      const tty = join(folder, `ttyUSB${n}`);
      const bridge = spawn("socat", [
        `pty,link=${tty},raw,echo=0`,
        `tcp:127.0.0.1:${trial.line.port}`,
      ]);
      await trial.until(() => existsSync(tty), 5);
      await symlink(tty, byId);
      return bridge;
    };
    const took: number[] = [];
    let bridge = await plug(0);
    try {
      for (let n = 1; n <= pulls; n++) {
        bridge.kill();
        await rm(byId);
        await sleep(chance.between(100, 8_000));
        const startedAt = performance.now();
        bridge = await plug(n);
        const id = `p${n}`;
        const command = JSON.stringify({ _id: id, message: { body: `pull ${n}`, class: "alarm" } });
        await trial.client.publishAsync("koine/1/person-amina/set", command, { qos: 1 });
        await trial.until(() => trial.results.get(id)?.stage === "delivered", 20);
        expect(trial.results.get(id)).toMatchObject({ stage: "delivered" });
        took.push((performance.now() - startedAt) / 1_000);
      }
    } finally {
      bridge.kill();
      await rm(folder, { recursive: true, force: true });
    }
    const longest = Math.max(...took);
    process.stdout.write(
      `pulled out ${took.length} times, delivered after ${longest.toFixed(1)} s at most\n`,
    );
    expect(longest).toBeLessThan(10);
  },
);

test(
  `both ways for ${noiseSeconds} s with 0.2 % noise and a modem that talks in between: no wedge`,
  { timeout: (noiseSeconds + 600) * 1_000 },
  async () => {
    const chance = new Chance(seed);
    await using trial = await Trial.open("sim7600", chance, {
      noise: 0.002,
      args: ["--time-scale", String(Trial.scale)],
    });
    const { chatter } = trial.modem.manners;
    trial.modem.disturb = () => (chance.happens(0.2) ? chance.pick(chatter) : undefined);
    await trial.until(() => trial.said.some(({ payload }) => payload === '"ready"'), 20);
    const deadline = performance.now() + noiseSeconds * 1_000;
    const sent: number[] = [];
    for (let n = 0; performance.now() < deadline; n++) {
      sent.push(textTo(trial, chance));
      const message = { body: `out ${n}`, class: "alarm" };
      const command = JSON.stringify({ _id: `n${n}`, message });
      await trial.client.publishAsync("koine/1/person-amina/set", command, { qos: 1 });
      await trial.until(() => n + 1 - trial.results.size < 8, 60);
      await sleep(200);
    }
    // The cable is mended: whatever waits must come through now.
    const total = sent.length;
    // One whose number was spoilt by the noise has its last word an hour later, in the gateway's time.
    const lastWordS = 3_600 / Trial.scale + 90;
    await trial.until(() => trial.heard.length >= total && trial.results.size === total, lastWordS);
    process.stdout.write(
      `noise: ${trial.heard.length} of ${total} in, ${trial.network.arrived.length} arrivals, ` +
        `${trial.results.size} of ${total} out answered\n`,
    );
    expect(trial.heard.length).toBe(total);
    expect(sorted(trial.heard)).toEqual(sorted(sent));
    expect(trial.results.size).toBe(total);
  },
);
