import { join } from "node:path";
import { expect, test } from "vitest";
import { Koine } from "../support/daemon.ts";

const config = "bus: { listen: [tcp://127.0.0.1:0] }\n";

/** An adapter in the daemon's own thread that stands still for a while, a moment after its start. */
const blocker = `
export default {
  kind: "blocker", module: import.meta.url, isolation: "none",
  configSchema: { safeParse: (data) => ({ success: true, data }) },
  create: () => ({
    async run(host, signal) {
      host.status({ state: "online" });
      await host.clock.sleep(1_500, signal);
      const until = Date.now() + 6_000;
      while (Date.now() < until);
      await host.clock.sleep(60_000, signal).catch(() => {});
    },
  }),
};
`;

test("koine health says whether the running gateway works", async () => {
  await using koine = await Koine.open(config);
  expect(await koine.run("health")).toMatchObject({ code: 69, out: "" });
  const daemon = koine.start("run");
  await daemon.url();
  const healthy = await koine.run("health", "--data", "koine-data");
  expect(healthy.code).toBe(0);
  expect(healthy.out).toMatch(
    /^healthy: event loop [\d.]+ ms, broker [\d.]+ ms, store [\d.]+ ms$/m,
  );
  const json: unknown = JSON.parse((await koine.run("health", "--json")).out);
  expect(json).toMatchObject({ healthy: true, troubles: [] });

  daemon.signal("SIGSTOP");
  const frozen = await koine.run("health");
  daemon.signal("SIGCONT");
  expect(frozen.code).toBe(1);
  expect(frozen.err).toMatch(/^Koine at ".*koine\.sock" did not answer within 8 s$/m);
});

test("a gateway whose event loop stood still says so, and that it goes on", async () => {
  await using koine = await Koine.open(`${config}adapters: [{ use: ./blocker.mjs }]\n`);
  await koine.write("blocker.mjs", blocker);
  const daemon = koine.start("run");
  await daemon.url();
  const data = join(koine.directory, "koine-data");
  await expect
    .poll(async () => (await koine.run("health", "--data", data)).out, { timeout: 30_000 })
    .toMatch(
      /^unhealthy: event loop [5-9]\d{3}\.\d ms.*\n {2}trouble {2}the event loop stood still/,
    );
  await expect.poll(async () => (await koine.run("health")).code, { timeout: 20_000 }).toBe(0);
  const lines = daemon.log().filter(({ msg }) => msg === "the gateway does not work");
  expect(lines).toMatchObject([{ level: 50 }]);
  expect(JSON.stringify(lines)).toContain("the event loop stood still for");
});
