import type { ProvisionedCounts } from "@hearth/environments";
import { ManualClock, Registry, silentLogger, systemRandom } from "@hearth/kit";
import type { FunctionVersion } from "@hearth/model";
import type { IndexedFunction, RequestedConcurrency } from "@hearth/store";
import { expect, test } from "vitest";
import { Provisioner } from "./provisioner.ts";

/** Configurations, an index and pools in memory. Starts succeed unless `counts` says otherwise. */
class World {
  readonly clock = new ManualClock();
  readonly reports: Pick<RequestedConcurrency, "Status" | "StatusReason" | "available">[] = [];
  readonly asked: string[] = [];
  readonly registry = new Registry();
  requested: RequestedConcurrency[] = [];
  counts: ProvisionedCounts = { available: 0, inUse: 0, failures: 0, initFailed: false };
  changed: () => void = () => undefined;

  open(): Provisioner {
    const versions = new Map(
      ["1", "2"].map((Version) => [Version, { Version, snapshotId: Version } as FunctionVersion]),
    );
    return new Provisioner({
      provisionedConcurrency: {
        listRequested: () => Promise.resolve(this.requested),
        report: (_config, report) => Promise.resolve(void this.reports.push(report)),
      },
      index: {
        load: () => Promise.resolve({ versions } as unknown as IndexedFunction),
        onApplied: (listener) => {
          this.changed = () => listener(1n);
        },
      },
      environments: {
        provision: ({ Version }, count) => void this.asked.push(`${Version}=${count}`),
        provisioned: () => this.counts,
      },
      clock: this.clock,
      random: systemRandom,
      logger: silentLogger,
      registry: this.registry,
    });
  }
}

function config(requested: number, ...shares: RequestedConcurrency["shares"]): RequestedConcurrency {
  return {
    accountId: "000000000000",
    region: "us-east-1",
    FunctionName: "f",
    qualifier: "live",
    requested,
    available: 0,
    Status: "IN_PROGRESS",
    StatusReason: undefined,
    LastModified: new Date(0),
    configId: "c",
    shares,
  };
}

test("a configuration is READY once all its environments are initialised, and its deletion releases them", async () => {
  const world = new World();
  world.requested = [config(2, { Version: "1", count: 2 })];
  await using _provisioner = world.open();
  await world.clock.advance(1);
  expect(world.asked).toEqual(["1=2"]);
  world.counts = { ...world.counts, available: 1 };
  await world.clock.advance(500);
  world.counts = { ...world.counts, available: 2 };
  await world.clock.advance(1000);
  expect(world.reports).toEqual([
    { Status: "IN_PROGRESS", StatusReason: undefined, available: 1 },
    { Status: "READY", StatusReason: undefined, available: 2 },
  ]);
  world.requested = [];
  world.changed();
  await world.clock.advance(1);
  expect(world.asked.at(-1)).toBe("1=0");
});

test("when an alias moves, the new version's environments are started and the old one's released", async () => {
  const world = new World();
  world.requested = [config(2, { Version: "1", count: 2 })];
  await using _provisioner = world.open();
  await world.clock.advance(1);
  world.requested = [config(2, { Version: "2", count: 2 })];
  world.changed();
  await world.clock.advance(1);
  expect(world.asked.slice(-2)).toEqual(["2=2", "1=0"]);
});

test("a failing init makes the configuration FAILED and is retried with growing delays", async () => {
  const world = new World();
  world.requested = [config(1, { Version: "1", count: 1 })];
  await using _provisioner = world.open();
  await world.clock.advance(1);
  world.counts = { available: 0, inUse: 0, failures: 8, initFailed: true };
  await world.clock.advance(500);
  expect(world.reports).toEqual([{ Status: "FAILED", StatusReason: "FUNCTION_ERROR_INIT_FAILURE", available: 0 }]);
  const asked = world.asked.length;
  await world.clock.advance(20_000);
  expect(world.asked).toHaveLength(asked);
  await world.clock.advance(60_000);
  expect(world.asked.length).toBeGreaterThan(asked);
});
