import type { Driver, ImageProgress, ImageSource, SandboxEvent, SandboxHost } from "../driver.ts";
import { type CallArgs, type CallName, CALLS, IMAGE_CALLS, SANDBOX_CALLS } from "./calls.ts";
import { type LauncherClientOptions, LauncherLink } from "./link.ts";

/** A driver whose sandboxes a launcher process runs. */
export interface LauncherClient extends Driver {
  /** Warnings for the operator about this launcher: shown in the banner. */
  readonly notices: readonly string[];
  /** Of the launcher's program; `undefined` when it is from before launchers said so. */
  readonly version: string | undefined;
}

/**
 * Connects to the launcher of a data directory. When the connection breaks, every sandbox is reported as exited (the launcher stops them), and a new
 * connection is made as soon as a launcher answers; calls reject until then. Disposal stops every sandbox.
 */
export async function connectLauncher(options: LauncherClientOptions, signal?: AbortSignal): Promise<LauncherClient> {
  const link = new LauncherLink(options);
  try {
    await link.open(signal);
  } catch (error) {
    await link.close();
    throw error;
  }
  return clientOf(link, options);
}

function clientOf(link: LauncherLink, { logger }: LauncherClientOptions): LauncherClient {
  const calls = methodsOf<Omit<SandboxHost, "on">>(SANDBOX_CALLS, link);
  const stop = async (sandboxId: string, graceMs: number): Promise<void> => {
    link.sandboxes.delete(sandboxId);
    try {
      await calls.stop(sandboxId, graceMs);
    } catch (error) {
      logger.warn({ err: error, sandboxId }, "stopping through the launcher failed; it stops it by itself");
    }
  };
  return {
    get name() {
      return link.name;
    },
    get notices() {
      return link.notices;
    },
    get version() {
      return link.version;
    },
    images: {
      ...methodsOf<Omit<ImageSource, "onProgress">>(IMAGE_CALLS, link),
      onProgress(listener: (progress: ImageProgress) => void) {
        link.on((event) => event.kind === "progress" && listener({ runtime: event.runtime, message: event.message }));
      },
    },
    ...calls,
    async prepare(sandboxId) {
      const directory = await calls.prepare(sandboxId);
      link.sandboxes.add(sandboxId);
      return directory;
    },
    stop,
    on(listener: (event: SandboxEvent) => void) {
      link.on((event) => event.kind !== "progress" && listener(event));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...link.sandboxes].map((id) => stop(id, 0)));
      await link.close();
    },
  };
}

/** A method for every call of `table`. That each has the port's arguments and result is checked where the tables are declared. */
function methodsOf<Port>(table: Partial<typeof CALLS>, link: LauncherLink): Port {
  const names = Object.keys(table) as CallName[];
  const methods = names.map((op) => {
    const method = (...args: readonly unknown[]): Promise<unknown> => {
      const isAbortable = "abortable" in CALLS[op];
      const signal = isAbortable ? (args.at(-1) as AbortSignal) : undefined;
      return link.call(op, (isAbortable ? args.slice(0, -1) : args) as unknown as CallArgs<CallName>, signal);
    };
    return [op, method] as const;
  });
  return Object.fromEntries(methods) as Port;
}
