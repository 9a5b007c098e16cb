import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const fixture = fileURLToPath(new URL("../fixtures/wrong-payload/", import.meta.url));
const vitest = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));

test("a payload that is not as published makes the suite fail", () => {
  const args = ["run", "--root", fixture, "--config", `${fixture}vitest.config.ts`];
  const { status, stdout, stderr } = spawnSync(process.execPath, [vitest, ...args], {
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  expect(stdout).toContain("Tests  3 failed (3)");
  expect(stderr).toContain("must be equal to one of the allowed values");
  expect(stderr).toContain("is not described");
  expect(status).toBe(1);
});
