// Preloaded into measured Node processes: leaves the greatest memory they held where the bench finds it.
import { writeFileSync } from "node:fs";

process.on("exit", () => {
  const usage = { peakBytes: process.resourceUsage().maxRSS * 1024 };
  writeFileSync(process.env.BENCH_USAGE, JSON.stringify(usage));
});
