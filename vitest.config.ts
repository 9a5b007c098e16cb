import { defineConfig } from "vitest/config";

const conditions = ["koine-source"];
const setupFiles = "test/support/every-test.ts";
const decoders = "test/unit/adapters/ble/decoders/**/*.test.ts";
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
          exclude: [decoders],
          testTimeout: 30_000,
          globalSetup: "test/support/build.ts",
        },
      },
      {
        ...shared,
        test: {
          // Pure functions: what one file has loaded serves the next.
          name: "decoders",
          include: [decoders],
          isolate: false,
        },
      },
      {
        ...shared,
        test: {
          name: "simulation",
          include: ["test/simulation/**/*.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        ...shared,
        test: {
          name: "slow",
          setupFiles,
          include: ["test/slow/**/*.test.ts"],
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
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
