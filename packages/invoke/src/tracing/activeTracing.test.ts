import { ManualClock, systemRandom } from "@hearth/kit";
import type { FunctionVersion } from "@hearth/model";
import { expect, test } from "vitest";
import { ActiveTracing } from "./activeTracing.ts";
import type { SampledInvocation } from "./spans.ts";

const ROOT = "1-0af76519-16cd43dd8448eb211c80319c";
const version = (Mode: string): FunctionVersion =>
  ({ configuration: { TracingConfig: { Mode } } }) as unknown as FunctionVersion;
const requestOf = (FunctionName: string, traceId?: string) => ({
  accountId: "000000000000",
  region: "us-east-1",
  FunctionName,
  payload: new Uint8Array(),
  requestId: crypto.randomUUID(),
  ...(traceId !== undefined && { traceId }),
});

function tracing(fraction = 0.5) {
  const clock = new ManualClock();
  const began: SampledInvocation[] = [];
  const spans = {
    begin: (sampled: SampledInvocation) => {
      began.push(sampled);
      const ignore = (): void => undefined;
      return { id: "00000000000000bb", acquired: () => "00000000000000aa", ended: ignore, failed: ignore };
    },
  };
  const active = new ActiveTracing({ clock, random: { ...systemRandom, fraction: () => fraction }, spans });
  const sampled = (name: string, traceId?: string): string | undefined =>
    active.begin(requestOf(name, traceId), version("Active"))?.acquired().traceId.split("Sampled=")[1];
  return { clock, began, active, sampled };
}

test("of each function the first request of a second is sampled, and 5 % of the others", async () => {
  const { clock, sampled } = tracing();
  expect([sampled("f"), sampled("f"), sampled("g"), sampled("f")]).toEqual(["1", "0", "1", "0"]);
  await clock.advance(1000);
  expect([sampled("f"), sampled("f")]).toEqual(["1", "0"]);
  const lucky = tracing(0.049);
  expect([lucky.sampled("f"), lucky.sampled("f")]).toEqual(["1", "1"]);
});

test("the caller's decision holds, and the function's parent is the span of its run", () => {
  const { active, began, sampled } = tracing();
  expect(sampled("f", `Root=${ROOT};Parent=b7ad6b7169203331;Sampled=0`)).toBe("0");
  for (let i = 0; i < 3; i++) expect(sampled("f", `Root=${ROOT};Sampled=1`)).toBe("1");
  const request = requestOf("f", `Root=${ROOT};Parent=b7ad6b7169203331;Sampled=1`);
  expect(active.begin(request, version("Active"))?.acquired()).toEqual({
    traceId: `Root=${ROOT};Parent=00000000000000aa;Sampled=1`,
    tracing: { spanId: "00000000000000aa", value: `Root=${ROOT};Parent=00000000000000bb;Sampled=1` },
  });
  expect(began.at(-1)).toMatchObject({ root: ROOT, parent: "b7ad6b7169203331" });
});

test("a trace that was made here for the request carries no decision", () => {
  const { active } = tracing();
  const request = requestOf("f");
  const hex = request.requestId.replaceAll("-", "").slice(0, 24);
  const made = { ...request, traceId: `Root=1-0af76519-${hex};Parent=b7ad6b7169203331;Sampled=0` };
  expect(active.begin(made, version("Active"))?.acquired().traceId).toMatch(
    new RegExp(`^Root=1-0af76519-${hex};.*Sampled=1$`),
  );
});

test("a function whose tracing passes through is left alone", () => {
  expect(tracing().active.begin(requestOf("f"), version("PassThrough"))).toBeUndefined();
});
