import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { TwilioServer } from "../../adapters/sms/simulator/providers/twilio.ts";
import { firstFreePort } from "../../src/bus/embedded/listener.ts";
import { Chance } from "../support/chance.ts";
import { Trial } from "../support/sms-trial.ts";

const { env } = process;
const texts = Number(env["KOINE_SMS_TEXTS"] ?? 200);
const kills = Number(env["KOINE_SMS_KILLS"] ?? 20);
const seed = Number(env["KOINE_SEED"] ?? 1);

/** Kills the gateway again and again while something is done. */
async function whileKilled(trial: Trial, chance: Chance, work: () => Promise<void>): Promise<void> {
  const done = new AbortController();
  const working = work().finally(() => done.abort());
  for (let n = 0; n < kills && !done.signal.aborted; n++) {
    await sleep(chance.between(300, 1_500));
    await trial.kill();
    trial.start();
  }
  await working;
}

test(
  `${texts} texts a provider tells of while the gateway is killed ${kills} times: each is told once`,
  { timeout: texts * 500 + kills * 5_000 + 60_000 },
  async () => {
    const chance = new Chance(seed);
    const twilio = new TwilioServer();
    await twilio.server.open();
    const port = await firstFreePort("127.0.0.1", 31_000 + (process.pid % 1_000));
    await using trial = await Trial.open("sim7600", chance, {
      more: [
        `webhooks: { listen: "http://127.0.0.1:${port}" }`,
        "providers:",
        `  - { use: twilio, account: ${twilio.account}, token: ${twilio.token}, from: "${twilio.number}", url: "${twilio.server.url}", inbound: webhook }`,
      ],
    });
    const url = `http://127.0.0.1:${port}/sms/twilio`;
    /** As Twilio does it: again, until it is taken; now and then once more. */
    const tell = async (body: string): Promise<void> => {
      const form = twilio.arrival(Trial.amina, body);
      for (let taken = 0; taken < (chance.happens(0.1) ? 2 : 1);) {
        const status = await twilio.hook(url, form).catch(() => 0);
        if (status === 200) taken += 1;
        else await sleep(50);
      }
    };
    await whileKilled(trial, chance, async () => {
      for (let n = 1; n <= texts; n++) {
        await tell("x".repeat(n));
        await sleep(chance.between(1, 100));
      }
    });
    await trial.until(() => trial.heard.length >= texts, 30);
    await sleep(1_000);
    await twilio.server.close();
    process.stdout.write(`webhooks: ${texts} came, ${trial.heard.length} told\n`);
    const expected = Array.from({ length: texts }, (_, n) => n + 1);
    expect(trial.heard.toSorted((a, b) => a - b)).toEqual(expected);
  },
);

test(
  `${texts} texts go out while the gateway is killed ${kills} times: none lost, no code twice`,
  { timeout: texts * 1_000 + kills * 5_000 + 120_000 },
  async () => {
    const chance = new Chance(seed);
    await using trial = await Trial.open("ec25", chance, {
      args: ["--time-scale", String(Trial.scale)],
    });
    await trial.until(() => trial.said.some(({ payload }) => payload === '"ready"'), 20);
    await whileKilled(trial, chance, async () => {
      for (let n = 0; n < texts; n++) {
        const message = { body: `text ${n}.`, class: n % 4 === 0 ? "code" : "alarm" };
        const command = JSON.stringify({ _id: `k${n}`, message });
        await trial.client.publishAsync("koine/1/person-amina/set", command, { qos: 1 });
        await sleep(chance.between(1, 100));
      }
    });
    await trial.until(() => trial.results.size === texts, 120);
    const arrivals = new Map<string, number>();
    for (const { text } of trial.network.arrived) arrivals.set(text, (arrivals.get(text) ?? 0) + 1);
    const all = Array.from({ length: texts }, (_, n) => {
      const result = trial.results.get(`k${n}`);
      return { n, count: arrivals.get(`text ${n}.`) ?? 0, result };
    });
    const stages = all.map(({ result }) => result?.stage ?? result?.status ?? "none");
    const tally = Object.fromEntries(
      [...new Set(stages)].map((one) => [one, stages.filter((it) => it === one).length]),
    );
    process.stdout.write(`killed while sending: ${JSON.stringify(tally)}\n`);
    expect(all.filter(({ result }) => result === undefined)).toEqual([]);
    expect(all.filter(({ n, count }) => n % 4 === 0 && count > 1)).toEqual([]);
    expect(all.filter(({ count, result }) => count === 0 && result?.stage === "delivered")).toEqual(
      [],
    );
    expect(all.filter(({ count, result }) => count === 0 && result?.status === "done")).toEqual([]);
  },
);
