import { ManualClock, Registry, silentLogger } from "@hearth/kit";
import { expect, test } from "vitest";
import { Dependencies } from "./dependencies.ts";

test("a server that refuses or hangs is reported until it answers again", async () => {
  const clock = new ManualClock();
  const registry = new Registry();
  await using dependencies = new Dependencies({ clock, logger: silentLogger, registry });
  let answer: () => Promise<void> = () => Promise.resolve();
  dependencies.watch("PostgreSQL", "database", () => answer());
  const up = async (): Promise<string | undefined> =>
    /hearth_dependency_up\{dependency="database"\} (\d)/.exec(await registry.metrics())?.[1];
  await clock.advance(5_000);
  expect(dependencies.problems).toEqual([]);
  expect(await up()).toBe("1");

  answer = () => new Promise(() => undefined);
  await clock.advance(25_000);
  expect(dependencies.problems).toEqual([expect.stringMatching(/^PostgreSQL has not been usable for \d+ s$/)]);
  expect(await up()).toBe("0");

  answer = () => Promise.reject(new Error("it refuses"));
  await clock.advance(25_000);
  expect(dependencies.problems).toHaveLength(1);

  answer = () => Promise.resolve();
  await clock.advance(10_000);
  expect(dependencies.problems).toEqual([]);
  expect(await up()).toBe("1");
});
