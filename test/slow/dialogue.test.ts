import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWorld } from "../../adapters/wifi/simulator/index.ts";
import { systemClock } from "../../src/clock.ts";
import { Chance } from "../support/chance.ts";
import { Trial } from "../support/sms-trial.ts";

const { env } = process;
const minutes = Number(env["KOINE_DIALOGUE_MINUTES"] ?? 5);
const waitS = Number(env["KOINE_ALARM_WAIT_S"] ?? 300);
const [amina, joseph] = [Trial.amina, "+254712345679"];

/** The built daemon ten times as fast as life, with a pump and a tank in its WiFi. */
describe(`over kill -9, at --time-scale ${Trial.scale}`, () => {
  let trial: Trial;
  let endWorld: () => Promise<void>;

  beforeAll(async () => {
    trial = await Trial.open("sim7600", new Chance(1), {
      args: ["--time-scale", String(Trial.scale)],
      more: [`  - { name: Joseph, number: "${joseph}" }`],
      config: [
        "  - use: wifi",
        "dialogue: { owners: [Amina] }",
        "alerts:",
        "  rules: [{ device: Tank, property: level, below: 100 }]",
        `  chain: [{ who: [Amina], wait: ${waitS} }, { who: [Joseph] }]`,
      ],
    });
    const world = { url: await trial.daemon.url(), clock: systemClock(), random: Math.random };
    endWorld = await startWorld(world);
  }, 60_000);

  afterAll(async () => {
    await endWorld();
    await trial[Symbol.asyncDispose]();
  });

  /** The texts that somebody's phone got. */
  const got = (number: string): readonly string[] =>
    trial.network.arrived.filter(({ to }) => to === number).map(({ text }) => text);

  const until = async (isTrue: () => boolean, seconds: number): Promise<void> => {
    await trial.until(isTrue, seconds);
    expect(isTrue()).toBe(true);
  };

  test(`an alarm climbs to the second person after ${waitS} s`, { timeout: 120_000 }, async () => {
    await until(() => got(amina).some((text) => text.startsWith("ALARM")), 40);
    const started = performance.now();
    await sleep(waitS * 30);
    await trial.kill();
    trial.start();
    await until(() => got(joseph).length > 0, 60);
    const seconds = ((performance.now() - started) * Trial.scale) / 1_000;
    process.stdout.write(
      `alarm: the second person was told after ${seconds.toFixed(1)} s of ${waitS}\n`,
    );
    expect(Math.abs(seconds - waitS)).toBeLessThanOrEqual(5);
    const number = /ALARM (\d+)/.exec(got(joseph)[0] ?? "")?.[1] ?? "";
    trial.network.text(joseph, `OK ${number}`);
    await until(() => got(amina).some((text) => text.includes("Joseph")), 20);
  });

  test(
    `a pump that was switched on for ${minutes} min goes off`,
    { timeout: 60_000 + (minutes * 60_000) / Trial.scale + 60_000 },
    async () => {
      const before = got(amina).length;
      trial.network.text(amina, `PUMP ON ${minutes} MIN`);
      await until(() => got(amina).length > before, 30);
      expect(got(amina).at(-1)).toMatch(/^Pump: ON until/);
      const started = performance.now();
      await sleep(((minutes * 60_000) / Trial.scale) * 0.4);
      await trial.kill();
      trial.start();
      const isOff = (): boolean =>
        trial.said.some(
          ({ topic, payload }) => topic.endsWith("/result") && payload.includes('"onoff":false'),
        );
      await until(isOff, (minutes * 60) / Trial.scale + 30);
      const lasted = ((performance.now() - started) * Trial.scale) / 60_000;
      process.stdout.write(`pump: off after ${lasted.toFixed(1)} min of ${minutes}\n`);
      expect(lasted).toBeGreaterThan(minutes - 0.5);
      expect(lasted).toBeLessThan(minutes + 1);
    },
  );
});
