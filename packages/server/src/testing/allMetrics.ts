import { CodeCollector, ImageMetrics, Provisioner } from "@hearth/activation";
import { DeliveryMetrics } from "@hearth/delivery";
import { ReadyNetworkMetrics, RuntimeImageMetrics } from "@hearth/drivers";
import { EnvironmentMetrics } from "@hearth/environments";
import { EventSources } from "@hearth/event-sources";
import { GatewayMetrics, SocketMetrics } from "@hearth/gateway";
import { EventQuota, InvokeMetrics, Sweeper } from "@hearth/invoke";
import { IotMetrics } from "@hearth/iot";
import {
  collectDefaultMetrics,
  ManualClock,
  NamedServerMetrics,
  observeDisks,
  observeMemory,
  Registry,
  silentLogger,
  systemRandom,
} from "@hearth/kit";
import { Metering } from "@hearth/metering";
import { AlarmEvaluator, MetricBuffer } from "@hearth/monitoring";
import { OutboundMetrics } from "@hearth/outbound";
import { LogFilters } from "@hearth/services";
import { AuditTrail, DatabaseMetrics, DatabaseSize, EventPayloadLimit, LogStorageLimit } from "@hearth/store";
import { RequestMetrics } from "@hearth/wire";
import type { Base } from "../base.ts";
import { Dependencies } from "../dependencies.ts";
import { FrontDoor } from "../frontDoor.ts";
import { openQuotas } from "../openQuotas.ts";

/** A store, or anything else with methods: none of its calls is ever answered. */
const unanswered = new Proxy({}, { get: () => () => new Promise(() => undefined) }) as never;

/**
 * A registry with every metric that any process of Hearth has. What makes them does no work: its clock stands still, and its stores answer nothing.
 * `journal` is a folder of the test's own.
 */
export async function allMetrics(journal: string): Promise<Registry> {
  const registry = new Registry();
  const base = { registry, clock: new ManualClock(), random: systemRandom, logger: silentLogger };
  collectDefaultMetrics({ register: registry });
  new InvokeMetrics(registry, { counts: () => [] });
  new EnvironmentMetrics(registry).observe(registry, {
    environments: () => new Map(),
    frozen: () => 0,
    waiting: () => 0,
    booted: () => new Map(),
    created: () => 0,
  });
  new DeliveryMetrics(registry);
  new IotMetrics(registry);
  new OutboundMetrics(registry);
  new ImageMetrics(registry);
  new RuntimeImageMetrics(registry);
  new ReadyNetworkMetrics(registry);
  new RequestMetrics(registry);
  new GatewayMetrics(registry);
  new SocketMetrics(registry, () => 0);
  new DatabaseMetrics(registry);
  observeDisks(registry, {});
  observeMemory(registry);
  openQuotas({ ...base, config: {} } as unknown as Base);
  new Dependencies(base);
  new NamedServerMetrics(registry);
  const deps = {
    ...base,
    database: unanswered,
    bus: unanswered,
    events: unanswered,
    payloads: unanswered,
    clockWatch: unanswered,
    code: unanswered,
    usage: unanswered,
    environments: unanswered,
    provisionedConcurrency: unanswered,
    index: unanswered,
  };
  new EventSources(
    {},
    {
      ...deps,
      sources: [],
      mappings: unanswered,
      remains: unanswered,
      units: unanswered,
      invoking: unanswered,
      functions: unanswered,
      sending: unanswered,
      refusalOf: unanswered,
    },
  );
  new DatabaseSize(deps);
  new Sweeper({}, deps);
  new CodeCollector({ ...deps, kinds: [] });
  new Provisioner(deps);
  new Metering({ directory: journal, region: "us-east-1" }, deps);
  new AuditTrail(deps);
  new MetricBuffer({ ...deps, points: unanswered, disk: unanswered });
  new AlarmEvaluator({ ...deps, alarms: unanswered, reader: unanswered, delivery: unanswered, sendsEvents: false });
  new LogStorageLimit({ ...deps, limitBytes: 0 });
  new EventPayloadLimit({ ...deps, limitBytes: 0 });
  new LogFilters({ ...deps, delivery: unanswered, points: unanswered, threads: unanswered });
  await EventQuota.open({ ...deps, payloads: { bytes: async () => [] }, limitBytes: 0 });
  new FrontDoor({
    ...deps,
    aws: unanswered,
    hosts: [],
    notReady: () => undefined,
    problems: () => [],
    limits: { total: 1, perPeer: 1 },
  });
  return registry;
}
