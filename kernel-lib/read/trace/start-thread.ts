import { Worker } from "node:worker_threads";
import { ownFile } from "../../bytes/own-file.js";

/**
 * Starts a thread that runs one of the library's modules on some data; undefined where none may be started. The flags that this process was
 * started with are not the thread's: some of them, such as `--input-type`, would keep it from loading a file.
 */
export function startThread(module: string, workerData: unknown): Worker | undefined {
  try {
    return new Worker(ownFile(module), { workerData, execArgv: [] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_ACCESS_DENIED") return undefined;
    throw error;
  }
}
