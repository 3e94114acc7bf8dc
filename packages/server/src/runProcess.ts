import type { Base, Running } from "./base.ts";
import { dataDirectoryError } from "./checkDataDirectory.ts";
import { describeInFlight } from "./inFlight.ts";
import type { StopSignals } from "./stopSignals.ts";

/** After the drain, the time that stopping everything may take before it is cut short. */
const STOP_PATIENCE_MS = 45_000;
const FORCED = 130;
const FAILED = 1;

/** From start to stop: composes, reports that all is ready, waits for a request to stop, drains, disposes. Resolves with the exit code. */
export async function runProcess(base: Base, signals: StopSignals, compose: () => Promise<Running>): Promise<number> {
  const { clock, logger, config } = base;
  let running: Running;
  try {
    running = await compose();
  } catch (error) {
    if (signals.stop.aborted) return 0; // asked to stop while it was starting
    throw isBelow(error, config.HEARTH_DATA)
      ? (dataDirectoryError(error, config.HEARTH_DATA, error.path) ?? error)
      : error;
  }
  process.stdout.write(running.banner);
  // Its channel may be closed by now: then the process that started us has ended, and `signals` has noticed it.
  process.send?.(running.ready, () => undefined);
  const trouble = await Promise.race([
    aborted(signals.stop),
    running.ended.catch((error: unknown) => error ?? new Error("it ended")),
  ]);
  if (trouble) logger.fatal({ err: trouble }, "cannot go on");

  const force = new AbortController();
  signals.force.addEventListener("abort", () => force.abort(signals.force.reason), { once: true });
  const stopped = stop(running, base, signals.force).then(() => (trouble ? FAILED : 0));
  const limitMs = config.HEARTH_DRAIN_MS + STOP_PATIENCE_MS;
  using _patience = clock.after(limitMs, () => force.abort(new Error(`stopping took longer than ${limitMs} ms`)));
  const forced = aborted(force.signal).then(() => {
    logger.warn(
      { reason: (force.signal.reason as Error).message },
      "stopping at once; the next start removes the containers that are left",
    );
    running.kill();
    return FORCED;
  });
  return await Promise.race([stopped, forced]);
}

async function stop(running: Running, { clock, logger, config, stop: why }: Base, force: AbortSignal): Promise<void> {
  const reason = why.aborted ? (why.reason as Error).message : "it ended";
  const waitsFor = describeInFlight(running.inFlight());
  if (config.HEARTH_ROLE === "launcher") logger.info({ reason }, "the launcher is stopping: it removes its sandboxes");
  else if (waitsFor === undefined) logger.info({ reason }, "stopping: nothing runs");
  else {
    const limit = `${config.HEARTH_DRAIN_MS / 1000} s at most (HEARTH_DRAIN_MS)`;
    logger.info({ reason }, `stopping: waits for ${waitsFor}, ${limit}; a second Ctrl-C stops at once`);
  }
  const deadline = new AbortController();
  using _deadline = clock.after(config.HEARTH_DRAIN_MS, () => deadline.abort(new Error("the drain's time is over")));
  await running.drain(AbortSignal.any([deadline.signal, force]));
  if (deadline.signal.aborted) {
    const left = describeInFlight(running.inFlight()) ?? "what still runs";
    logger.warn(`HEARTH_DRAIN_MS is over: breaks off ${left}`);
  }
  await running[Symbol.asyncDispose]();
  logger.info(config.HEARTH_ROLE === "launcher" ? "the launcher has stopped" : "stopped");
}

/** Whether the file system refused something in the data directory. */
function isBelow(error: unknown, dataDirectory: string): error is Error & { readonly path: string } {
  return error instanceof Error && "path" in error && `${String(error.path)}/`.startsWith(`${dataDirectory}/`);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
