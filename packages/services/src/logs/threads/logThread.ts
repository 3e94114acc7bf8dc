// The code of a thread for log lines: see logThreads.ts.
import { parentPort } from "node:worker_threads";
import { threadCalls } from "./threadCalls.ts";

parentPort?.on("message", ({ name, input }: { name: keyof ReturnType<typeof threadCalls>; input: never }) => {
  try {
    parentPort?.postMessage({ result: calls[name](input) });
  } catch (error) {
    parentPort?.postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
});

const calls = threadCalls();
