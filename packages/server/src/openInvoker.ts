import { openSpans } from "./openSpans.ts";
import { availableParallelism, freemem, hostname, totalmem } from "node:os";
import { join } from "node:path";
import type { Bus } from "@hearth/bus";
import { type LauncherClient, sandboxesMemory } from "@hearth/drivers";
import { KindsInUse, Pools, type SandboxApi } from "@hearth/environments";
import { startActivation } from "@hearth/activation";
import type { Delivery } from "@hearth/delivery";
import {
  Admission,
  announceBacklog,
  AsyncWorker,
  AWS_RETRY_RULES,
  ConcurrencyLimits,
  InvokeMetrics,
  FunctionMetrics,
  Invoker,
  type Invoking,
  WakeUps,
} from "@hearth/invoke";
import { Metering } from "@hearth/metering";
import { embeddedMetrics } from "@hearth/monitoring";
import { AnotherInvokerRuns, FunctionIndex, InvokerLease, LogWriter, type LogWriterDeps } from "@hearth/store";
import type { Base } from "./base.ts";
import type { InFlight } from "./inFlight.ts";
import { invokerId } from "./invokerId.ts";
import type { House } from "./house.ts";
import { StartError } from "./startError.ts";

const MEGABYTE = 1024 * 1024;
/** More boots at a time take longer each and finish no sooner: they use the processors all the time. */
const PARALLEL_BOOTS = Math.min(8, Math.max(3, availableParallelism()));
/** How long a start of Hearth waits for sandboxes of the kinds that were in use before. */
const RESUME_PATIENCE_MS = 5_000;
/** Callers that waited for Hearth to be ready come before the backlog of events. */
const EVENTS_AFTER_READY_MS = 1_000;

export interface InvokerParts {
  readonly invoking: Invoking;
  /** What is in memory of functions. */
  readonly functions: FunctionIndex;
  readonly environments: Pick<Pools, "stats" | "counts">;
  /** Writes the measured usage to PostgreSQL. */
  flushUsage(): Promise<void>;
  /** The invocations that run now, by function. */
  running(): InFlight["invocations"];
  /** Begins to take events, a moment from now. Call it when clients can connect. */
  startEvents(): void;
  /** Takes no more events and resolves when the running ones are done; when `signal` aborts they are handed back. */
  drain(signal: AbortSignal): Promise<void>;
  /** Rejects when another invoker has taken over. */
  readonly superseded: Promise<never>;
}

export interface InvokerDeps {
  readonly driver: LauncherClient;
  readonly bus: Bus;
  readonly delivery: Delivery;
  /** How sandboxes call Hearth. */
  readonly api: SandboxApi;
  /** This process stores code archives as well. */
  readonly ownsBlobs: boolean;
}

/** The pools of environments and everything that runs functions. What it opens is put on `stack`, and is stopped in reverse order. */
export async function openInvoker(
  base: Base,
  { opened, stores, serviceMetering, disk, dependencies, eventQuota, metricSink }: House,
  { driver, bus, delivery, api, ownsBlobs }: InvokerDeps,
  stack: AsyncDisposableStack,
): Promise<InvokerParts> {
  const { config, clock, random, logger, registry } = base;
  const { database } = opened;
  const superseded = Promise.withResolvers<never>();
  superseded.promise.catch(() => undefined); // the caller that awaits it handles the error

  const engine = driver.name === "docker" ? "the Docker Engine" : "the launcher";
  dependencies.watch(engine, "engine", () => driver.list());
  await stores.code.removeLeftovers({ blobs: ownsBlobs });
  const onStored: LogWriterDeps["onStored"] = (stream, events) => {
    for (const event of events) for (const one of embeddedMetrics(stream, event, clock.now())) metricSink.put(one);
  };
  const logs = stack.use(new LogWriter({ ...stores.logs, usage: serviceMetering, onStored, clock, logger }));
  const metering = stack.use(
    new Metering(
      { directory: join(config.HEARTH_DATA, "journal"), region: config.HEARTH_REGION },
      { usage: stores.usage, clock, random, logger, registry },
    ),
  );
  const pools = stack.use(
    new Pools({
      driver,
      code: stores.code,
      logs,
      clock,
      random,
      logger,
      registry,
      freeMemoryMb: () => freemem() / MEGABYTE,
      totalMemoryMb: totalmem() / MEGABYTE,
      sandboxesMemoryMb: sandboxesMemory(totalmem(), config.HEARTH_SANDBOXES_MEMORY_MB).endAboveBytes / MEGABYTE,
      api,
      kinds: new KindsInUse(join(config.HEARTH_DATA, "kinds-in-use.json")),
      isDiskShort: () => disk.isShort,
      options: {
        network: config.HEARTH_EGRESS === "off" ? "none" : "egress",
        idleFreezeMs: config.HEARTH_FREEZE_AFTER_MS,
        idleTtlMs: config.HEARTH_IDLE_TTL_MS,
        bootedPerRuntime: config.HEARTH_BOOTED_SANDBOXES,
        bootedLimit: config.HEARTH_BOOTED_SANDBOXES_LIMIT,
        createdLimit: config.HEARTH_CREATED_SANDBOXES,
        maxParallelBoots: PARALLEL_BOOTS,
        minFreeMemoryMb: config.HEARTH_MIN_FREE_MEMORY_MB,
        logBytesPerSecond: config.HEARTH_LOG_RATE_KB * 1024,
        drainMs: 0, // the front door and the event worker have drained before the pools are stopped
      },
    }),
  );

  const lease = new InvokerLease(
    invokerId(config.HEARTH_DATA, random),
    `pid ${process.pid} on ${hostname()}`,
    database,
  );
  const index = stack.use(
    new FunctionIndex({ database, functions: stores.functions, lease, clock, logger, onSuperseded: superseded.reject }),
  );
  index.setVersionsInUse((where, FunctionName) => pools.versionsOf(where, FunctionName));
  index.onChange((fn, keys) => pools.retain(fn, fn.FunctionName, keys));
  await startIndex(index);

  const limits = new ConcurrencyLimits({ accountLimit: config.HEARTH_CONCURRENCY });
  await limits.follow({ index, concurrency: stores.concurrency, logger });
  const admission = new Admission({ limits, clock });
  const metrics = new InvokeMetrics(registry, admission, config.HEARTH_METRICS_FUNCTIONS);
  index.onChange((fn, keys) => {
    if (keys.size > 0) return;
    admission.forget(fn);
    metrics.forget(fn);
  });

  const functionMetrics = stack.use(new FunctionMetrics({ sink: metricSink, admission, clock }));
  const invoker = new Invoker({
    index,
    admission,
    environments: pools,
    usage: metering,
    events: stores.events,
    wakeUps: new WakeUps({ bus, logger }),
    disk,
    ...(eventQuota && { eventQuota }),
    metrics,
    functionMetrics,
    spans: await openSpans({ config, clock, random, logger }, stack),
    clock,
    random,
    logger,
  });
  const { code, functions, images, provisionedConcurrency } = stores;
  const activated = {
    database,
    functions,
    images,
    provisionedConcurrency,
    code,
    imageSource: driver.images,
    index,
    environments: pools,
    exactRuntimes: config.HEARTH_EXACT_RUNTIMES,
  };
  stack.use(await startActivation({ ...activated, clock, random, logger, registry }));
  const retryMs = config.HEARTH_EVENT_RETRY_MS;
  const rules = { ...AWS_RETRY_RULES, functionErrorDelaysMs: [retryMs, 2 * retryMs] };
  const worker = stack.use(
    new AsyncWorker(
      { rules },
      {
        bus,
        events: stores.events,
        invoker,
        index,
        sending: delivery,
        metrics,
        functionMetrics,
        clock,
        random,
        logger,
      },
    ),
  );
  let startsWorker: Disposable | undefined;
  stack.defer(() => startsWorker?.[Symbol.dispose]());
  if (config.HEARTH_EGRESS === "on") {
    driver.expectEgress().catch((error: unknown) => {
      logger.warn({ err: error }, "the network of functions is made only for the first of them");
    });
  }
  await announceBacklog({ events: stores.events, logger });
  const late = Promise.withResolvers<void>();
  using _patience = clock.after(RESUME_PATIENCE_MS, late.resolve);
  await Promise.race([pools.resumed(), late.promise]);

  return {
    invoking: invoker,
    functions: index,
    environments: pools,
    flushUsage: () => metering.flush(),
    running: () => admission.counts(),
    startEvents: () => {
      startsWorker = clock.after(EVENTS_AFTER_READY_MS, () => worker.start());
    },
    drain: (signal) => {
      startsWorker?.[Symbol.dispose]();
      return worker.drain(signal);
    },
    superseded: superseded.promise,
  };
}

async function startIndex(index: FunctionIndex): Promise<void> {
  try {
    await index.start();
  } catch (error) {
    throw error instanceof AnotherInvokerRuns ? new StartError(error.message) : error;
  }
}
