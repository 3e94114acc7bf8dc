import { ManualClock, systemRandom } from "@hearth/kit";
import type { ClaimedEvent } from "@hearth/store";
import { expect, test } from "vitest";
import type { InvocationRequest } from "../invocationRequest.ts";
import { AWS_RETRY_RULES } from "./retryRules.ts";
import { runEvent } from "./runEvent.ts";

test("the invocation of an event says that it is one, so that synchronous callers come first", async () => {
  const event: ClaimedEvent = {
    id: "8ff8d1c6-0000-4000-8000-000000000000",
    accountId: "000000000000",
    region: "us-east-1",
    FunctionName: "f",
    payload: Buffer.from("{}"),
    ageMs: 0,
    run: 1,
    functionErrors: 0,
    systemRetries: 0,
    hops: 0,
  };
  const asked: InvocationRequest[] = [];
  const invoke = (request: InvocationRequest) => {
    asked.push(request);
    return Promise.resolve({
      outcome: { kind: "success", payload: Buffer.from("null") } as const,
      ExecutedVersion: "$LATEST",
    });
  };
  const deps = {
    invoker: { invoke },
    index: { load: () => Promise.resolve(undefined) },
    clock: new ManualClock(),
    random: systemRandom,
  };
  const { settlement } = await runEvent(event, AWS_RETRY_RULES, deps, new AbortController().signal);
  expect(settlement).toMatchObject({ kind: "finish", condition: "Success" });
  expect(asked).toEqual([expect.objectContaining({ requestId: event.id, isEvent: true })]);
});
