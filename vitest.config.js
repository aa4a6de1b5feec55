import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "jsdom",
    include: ["tests/js/*.test.js"],
    // To load jsdom anew takes longer than most files do, so files share one, in which each test puts back what it replaced.
    isolate: false,
    restoreMocks: true,
    unstubGlobals: true,
    // Other tests may share the processors.
    testTimeout: 60_000,
  },
});
