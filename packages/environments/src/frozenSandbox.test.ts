import { silentLogger } from "@hearth/kit";
import { expect, test } from "vitest";
import { FrozenSandbox } from "./frozenSandbox.ts";

function sandbox(freezing: Promise<void>) {
  const calls: string[] = [];
  return {
    calls,
    sandbox: {
      id: "s",
      freeze: () => {
        calls.push("freeze");
        return freezing;
      },
      thaw: () => {
        calls.push("thaw");
        return Promise.resolve();
      },
    },
  };
}

test("a sandbox is thawed only after it has been frozen", async () => {
  const freezing = Promise.withResolvers<void>();
  const { sandbox: one, calls } = sandbox(freezing.promise);
  const frozen = new FrozenSandbox(one, silentLogger);
  const thawed = frozen.thaw();
  await new Promise((resolve) => setImmediate(resolve));
  expect(calls).toEqual(["freeze"]);
  freezing.resolve();
  await thawed;
  expect(calls).toEqual(["freeze", "thaw"]);
});

test("a sandbox that could not be frozen can still be used", async () => {
  const { sandbox: one } = sandbox(Promise.reject(new Error("no such cgroup")));
  await new FrozenSandbox(one, silentLogger).thaw();
});
