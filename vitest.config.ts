import { defineConfig } from "vitest/config";

const conditions = ["koine-source"];
const setupFiles = "test/support/every-test.ts";
/** On a busy machine everything takes longer, and nothing is wrong. */
const patience = {
  testTimeout: 30_000,
  hookTimeout: 30_000,
  expect: { poll: { timeout: 10_000 } },
};
/** What changes or measures the process it runs in: each file has one of its own. */
const alone = [
  "test/unit/adapters/ble/simulator/*.test.ts",
  "test/unit/{gc-pauses,heap-floor}.test.ts",
  "test/unit/health/heap*.test.ts",
];
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions } },
};

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: "fast",
          setupFiles,
          include: ["test/{unit,contract,property}/**/*.test.ts"],
          exclude: alone,
          ...patience,
          // What one file has loaded serves the next.
          isolate: false,
          globalSetup: "test/support/build.ts",
        },
      },
      {
        ...shared,
        test: {
          name: "alone",
          setupFiles,
          include: alone,
          ...patience,
        },
      },
      {
        ...shared,
        test: {
          name: "simulation",
          include: ["test/simulation/**/*.test.ts"],
          ...patience,
          testTimeout: 60_000,
        },
      },
      {
        ...shared,
        test: {
          name: "slow",
          setupFiles,
          include: ["test/slow/**/*.test.ts"],
          ...patience,
          testTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        ...shared,
        test: {
          name: "bench",
          include: ["test/bench/**/*.test.ts"],
          fileParallelism: false,
        },
      },
      {
        ...shared,
        test: {
          name: "system",
          setupFiles,
          include: ["test/system/**/*.test.ts"],
          ...patience,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
