import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Tests of a fresh worktree or a changed overlay need the schemas made anew; nothing happens where they are current.
    globalSetup: ["scripts/generate-schemas.mjs"],
    projects: [
      {
        test: { name: "unit", include: ["lib/**/*.test.ts", "components/**/*.test.ts"], testTimeout: 20_000 },
      },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts", "test/conformance/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
