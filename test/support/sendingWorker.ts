import { Bus } from "@hearth/bus";
import { Delivery, DeliveryMetrics, functionTarget, type TargetKind } from "@hearth/delivery";
import { AsyncWorker, InvokeMetrics, type InvocationRequest, type InvocationResult, WakeUps } from "@hearth/invoke";
import { Registry, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import type { FunctionVersion } from "@hearth/model";
import { type ConnectionOptions, type Database, DeliveryStore, EventStore, type IndexedFunction } from "@hearth/store";
import { HERE } from "@hearth/testkit";

/** A function on each side: `from` runs and sends, `to` gets what it sends. */
export const FROM = "from";
export const TO = "to";
export const TO_ARN = `arn:aws:lambda:${HERE.region}:${HERE.accountId}:function:${TO}`;

/** What the settings of `from` send where. */
export interface Sends {
  readonly onSuccess?: string;
  readonly onFailure?: string;
  readonly deadLetter?: string;
}

export interface SendingWorkerOptions {
  readonly database: Database;
  readonly connection: ConnectionOptions;
  readonly sends: Sends;
  readonly run: (request: InvocationRequest) => Promise<InvocationResult>;
  /** Called at moments of the settlement of an event of `from`: a process that is killed there must lose nothing. */
  readonly at?: (moment: "prepared" | "written" | "committed") => void;
  readonly kinds?: readonly TargetKind[];
  readonly registry?: Registry;
  /** Long by default, so that no event runs twice on a busy machine. */
  readonly leaseMs?: number;
}

/** A worker of asynchronous invocations with the real way out, whose roles may do everything. */
export function sendingWorker(
  {
    database,
    connection,
    sends,
    run,
    at = () => undefined,
    kinds = [],
    registry = new Registry(),
    leaseMs = 60_000,
  }: SendingWorkerOptions,
  stack: AsyncDisposableStack,
): { readonly worker: AsyncWorker; readonly bus: Bus; readonly delivery: Delivery; readonly metrics: DeliveryMetrics } {
  const [clock, random, logger] = [new SystemClock(), systemRandom, silentLogger];
  const bus = stack.use(
    new Bus("events", { connection: { kind: "postgres", connection }, prefix: "test" }, { logger, clock }),
  );
  const metrics = new DeliveryMetrics(registry);
  const wakeUps = new WakeUps({ bus, logger });
  const delivery = new Delivery({
    database,
    kinds: [functionTarget({ wakeUps }), ...kinds],
    outbox: new DeliveryStore(database),
    refusalOf: () => Promise.resolve(undefined),
    metrics,
    logger,
  });
  const worker = stack.use(
    new AsyncWorker(
      { leaseMs, rules: { functionErrorDelaysMs: [], systemBackoff: { baseMs: 20, maxMs: 50 }, maxAgeMs: 600_000 } },
      {
        bus,
        events: new EventStore(database),
        invoker: { invoke: run },
        index: {
          load: (_where, FunctionName) => Promise.resolve(indexed(FunctionName, FunctionName === FROM ? sends : {})),
        },
        sending: {
          prepare: async (messages) => {
            const prepared = await delivery.prepare(messages);
            at("prepared");
            return {
              write: async (tx) => {
                await prepared.write(tx);
                at("written");
              },
              committed: () => {
                at("committed");
                prepared.committed();
              },
            };
          },
        },
        metrics: new InvokeMetrics(registry, { counts: () => [] }),
        clock,
        random,
        logger,
      },
    ),
  );
  return { worker, bus, delivery, metrics };
}

function indexed(FunctionName: string, { onSuccess, onFailure, deadLetter }: Sends): IndexedFunction {
  const version = {
    ...HERE,
    FunctionName,
    Version: "$LATEST",
    configuration: {
      Role: `arn:aws:iam::${HERE.accountId}:role/r`,
      LoggingConfig: { LogGroup: `/aws/lambda/${FunctionName}`, LogFormat: "Text" },
      ...(deadLetter !== undefined && { DeadLetterConfig: { TargetArn: deadLetter } }),
    },
  };
  const config = { ...(onSuccess !== undefined && { onSuccess }), ...(onFailure !== undefined && { onFailure }) };
  return {
    ...HERE,
    FunctionName,
    versions: new Map([["$LATEST", version as unknown as FunctionVersion]]),
    notActive: new Map(),
    aliases: new Map(),
    eventInvokeConfigs: new Map([["$LATEST", config]]),
  };
}
