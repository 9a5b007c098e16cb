import { expect, test } from "vitest";
import { Koine } from "../support/daemon.ts";

/** Two hours of the gateway's time; with KOINE_SOAK_SCALE=1 they are two hours of yours. */
const soakMs = 2 * 3_600_000;
const timeScale = Number(process.env["KOINE_SOAK_SCALE"] ?? 120);
const devices = 60;
/** Messages of devices in a second of real time. */
const perSecond = 200;

const config = `
bus: { listen: [tcp://127.0.0.1:0] }
gateway: { interval: ${timeScale === 1 ? 10 : 300}, probe: 10 }
adapters: [{ use: wifi }]
`;

test("two hours under load are no leak", { timeout: soakMs / timeScale + 60_000 }, async () => {
  await using koine = await Koine.open(config);
  const running = koine.start("run", "--time-scale", String(timeScale));
  const subscriber = await koine.subscriber(running);
  const load = await koine.client(running);
  const startedMs = performance.now();
  let sent = 0;
  while (performance.now() - startedMs < soakMs / timeScale) {
    for (let index = 0; index < perSecond / 20; index++) {
      const number = sent++ % devices;
      const body = {
        Time: "2026-01-01T00:00:00",
        ENERGY: { Power: sent % 300, Voltage: 230, Total: 5 },
      };
      await load.publish(`tele/plug${number}/SENSOR`, JSON.stringify(body));
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    // What the test remembers of it grows, too, but not in the gateway.
    if (subscriber.received.length > 50_000)
      subscriber.received.splice(0, 40_000, ...verdicts(subscriber.received));
  }
  const words = verdicts(subscriber.received).map(({ payload }) => payload);
  process.stdout.write(`${sent} messages: ${words.join(" ")}\n`);
  expect(words.length).toBeGreaterThan(0);
  expect(new Set(words)).not.toContain('"leak"');
  expect(words.at(-1)).toMatch(/"(?:ok|learning)"/);
});

function verdicts<M extends { readonly topic: string }>(received: readonly M[]): M[] {
  return received.filter(({ topic }) => topic.endsWith("/value/heap_verdict"));
}
