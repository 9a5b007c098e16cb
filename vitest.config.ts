import { defineConfig } from "vitest/config";

const conditions = ["koine-source"];
const setupFiles = "test/support/every-test.ts";
/** On a busy machine everything takes longer, and nothing is wrong. */
const patience = {
  testTimeout: 30_000,
  hookTimeout: 30_000,
  expect: { poll: { timeout: 10_000 } },
};
/** Pure functions alone: what one file has loaded serves the next. */
const pure = [
  "test/unit/adapters/ble/decoders/**/*.test.ts",
  "test/unit/adapters/sms/pdu.test.ts",
  "test/unit/dialogue/{phrases,utterances}.test.ts",
  "test/unit/health/{trace,verdict}/*.test.ts",
  "test/unit/model/*.test.ts",
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
          exclude: pure,
          ...patience,
          globalSetup: "test/support/build.ts",
        },
      },
      {
        ...shared,
        test: {
          name: "pure",
          include: pure,
          ...patience,
          isolate: false,
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
