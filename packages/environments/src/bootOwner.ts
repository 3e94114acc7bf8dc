import type { Logger } from "@hearth/kit";
import type { SandboxOwner } from "./sandboxOwner.ts";

const MAX_LINES = 20;

/**
 * Owns a sandbox while it boots and until it is assigned to an environment: `waiting` is resolved when the runtime process asks for its
 * function and rejected when it ends first. The sandbox's output goes to the operator's log.
 */
export function bootOwner(sandboxId: string, waiting: PromiseWithResolvers<void>, logger: Logger): SandboxOwner {
  const output: string[] = [];
  const unexpected = (): void => logger.warn({ sandboxId }, "sandbox sent a message before it was assigned");
  return {
    onWaiting: () => waiting.resolve(),
    onLines: (lines) => {
      output.push(...lines.slice(0, MAX_LINES - output.length));
      logger.warn({ sandboxId, lines: lines.slice(0, MAX_LINES) }, "output of a sandbox that is not assigned yet");
    },
    onExit: ({ exitCode, signal }) => {
      const how = signal ?? `exit status ${exitCode ?? "unknown"}`;
      waiting.reject(new Error(`the runtime process ended before it was used (${how}): ${output.join(" ")}`));
    },
    onNext: unexpected,
    onAllWaiting: () => undefined, // follows onNext
    onResponse: unexpected,
    onError: unexpected,
    onTooLarge: unexpected,
    onTruncated: unexpected,
    onInitError: unexpected,
    onRestore: unexpected,
    onExtensions: unexpected,
    onSubscribed: unexpected,
    onExtensionFault: unexpected,
    onRuntimeExit: unexpected,
    onExtensionLines: unexpected,
  };
}
