import { parentPort, workerData } from "node:worker_threads";
import { library } from "./library.mjs";
import { allScenarios, simulate } from "./simulate.mjs";

const scenarios = await allScenarios();
parentPort.on("message", (index) => {
  parentPort.postMessage({
    index,
    result: simulate(scenarios[index], library, workerData.draws, workerData.within_ms),
  });
});
