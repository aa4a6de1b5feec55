import { defineConfig } from "vitest/config";

// Other tests may share the processors.
export default defineConfig({ test: { environment: "jsdom", include: ["tests/js/*.test.js"], testTimeout: 60_000 } });
