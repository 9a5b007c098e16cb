import { expect, test } from "vitest";
import { Simulation } from "./simulation.ts";

const stepCount = 60;
const env = process.env;
const only = env["KOINE_SEED"];
const first = Number(only ?? env["KOINE_FIRST_SEED"] ?? 1);
const count = only === undefined ? Number(env["KOINE_SEEDS"] ?? 20) : 1;

test.each(Array.from({ length: count }, (_, n) => first + n))("seed %i", async (seed) => {
  const story = Simulation.run(seed, stepCount).catch((cause: unknown) => {
    throw new Error(`KOINE_SEED=${seed} npm run test:sim`, { cause });
  });
  await expect(story).resolves.toBeUndefined();
});
