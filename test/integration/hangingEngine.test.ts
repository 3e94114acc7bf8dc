import { InvokeCommand, ServiceException } from "@aws-sdk/client-lambda";
import { containersOf, engineProxy, noDocker, sampleFunctions, skipReason, startHearth } from "@hearth/testkit";
import { expect, test } from "vitest";
import { createActive, invoke, lambdaClient } from "../support/lambda.ts";

/** More than may boot at the same time, so that a place that is not given back shows. */
const COLD = Array.from({ length: 10 }, (_, i) => `cold${i}`);
const PATIENCE = { timeout: 120_000, interval: 250 };

const docker = { ...skipReason(await noDocker()), timeout: 600_000 };

test("an engine that hangs fails cold invocations, leaves warm ones alone, and needs no restart", docker, async () => {
  await using engine = await engineProxy();
  const env = { DOCKER_HOST: engine.dockerHost, HEARTH_BOOTED_SANDBOXES: "0", HEARTH_MIN_FREE_MEMORY_MB: "0" };
  await using hearth = await startHearth({ driver: "docker", env });
  const client = lambdaClient(hearth);
  for (const FunctionName of ["warm", ...COLD])
    await createActive(client, { FunctionName, files: sampleFunctions.nodeEcho });
  await invoke(client, "warm", {});
  const readyz = async (): Promise<string> => (await fetch(`${hearth.endpoint}/readyz`)).text();
  expect(await readyz()).toBe("ready\n");

  engine.hang();
  const failure = (FunctionName: string): Promise<unknown> =>
    client.send(new InvokeCommand({ FunctionName, Payload: Buffer.from("{}") })).then(
      () => "it was answered",
      (error: unknown) => error,
    );
  let areCold = true;
  const cold = Promise.all(COLD.map(failure)).finally(() => (areCold = false));
  let warm = 0;
  while (areCold) {
    expect((await invoke(client, "warm", { n: warm })).payload).toEqual({ n: warm });
    warm++;
  }
  for (const error of await cold) expect(error).toBeInstanceOf(ServiceException);
  expect(await failure("cold0")).toBeInstanceOf(ServiceException);
  await expect.poll(readyz, PATIENCE).toMatch(/^ready\nthe Docker Engine has not been usable for \d+ s\n$/);
  expect(await (await fetch(hearth.metrics ?? "")).text()).toContain('hearth_dependency_up{dependency="engine"} 0');

  engine.goOn();
  await expect.poll(readyz, PATIENCE).toBe("ready\n");
  const answers = await Promise.all(COLD.map((name) => invoke(client, name, { name })));
  expect(answers.map(({ payload }) => payload)).toEqual(COLD.map((name) => ({ name })));
  expect((await invoke(client, "warm", {})).payload).toEqual({});
  // The engine has by now carried out what it was asked before: those containers belong to no environment. One more of the functions' kind is created ahead.
  const all = 1 + COLD.length + 1;
  await expect.poll(async () => (await containersOf(hearth.dataDirectory)).length, PATIENCE).toBeLessThanOrEqual(all);
});
