import { defineConfig } from "vitest/config";

// Tests import the built library (`#lib/...` is kernel-lib/dist), so that worker threads,
// child processes and the command line run the very files that ship. The time limits are for cold machines,
// where Go builds its own tools first.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    server: { deps: { external: [/kernel-lib\/dist\//] } },
    testTimeout: 240_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
  },
});
