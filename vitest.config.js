import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "jsdom",
    include: ["tests/js/*.test.js"],
    testTimeout: 60_000, // other tests may share the processors
    isolate: false, // a page for each file costs more than its tests
    restoreMocks: true,
    unstubGlobals: true,
  },
});
