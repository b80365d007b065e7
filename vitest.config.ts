import { defineConfig } from "vitest/config";

// Tests import the built library (`#lib/...` is kernel-lib/dist), so that worker threads,
// child processes and the command line run the very files that ship.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    server: { deps: { external: [/kernel-lib\/dist\//] } },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
