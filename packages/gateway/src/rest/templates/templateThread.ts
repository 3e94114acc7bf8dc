// The code of a thread for mapping templates and models: see templateThreads.ts.
import { parentPort } from "node:worker_threads";
import { BadBody } from "./inputTool.ts";
import { useLinearPatterns } from "./linearPatterns.ts";
import { templateCalls, type TemplateCalls } from "./templateCalls.ts";

useLinearPatterns();
// Nothing that one tenant's template does stays behind for the next one's.
for (const shared of [Object, Array, String, Number, Boolean, Function, Map, Set]) {
  Object.freeze(shared.prototype);
  Object.freeze(shared);
}

parentPort?.on("message", ({ name, input }: { name: keyof TemplateCalls; input: never }) => {
  try {
    parentPort?.postMessage({ result: templateCalls[name](input) });
  } catch (error) {
    parentPort?.postMessage({
      error: error instanceof Error ? error.message : String(error),
      isBadBody: error instanceof BadBody,
    });
  }
});
parentPort?.postMessage({ isReady: true });
