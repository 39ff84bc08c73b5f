import { defineConfig } from "vitest/config";

// One file at a time: each starts servers of its own, and two cores are soon full.
export default defineConfig({
  test: {
    include: ["{integration,e2e,conformance}/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    pool: "forks",
    reporters: ["default"],
  },
});
