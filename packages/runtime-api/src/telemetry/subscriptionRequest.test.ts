import fc from "fast-check";
import { expect, test } from "vitest";
import { subscriptionSettings } from "./subscriptionRequest.ts";

const HTTP = { protocol: "HTTP", URI: "http://sandbox.localdomain:8080/x?y=1" };

test("what is not said has AWS's defaults", () => {
  expect(subscriptionSettings("telemetry", { types: ["function", "platform"], destination: HTTP })).toEqual({
    schemaVersion: "2022-07-01",
    types: ["platform", "function"],
    maxItems: 10_000,
    maxBytes: 262_144,
    timeoutMs: 1_000,
    destination: { protocol: "HTTP", method: "POST", port: 8080, host: "sandbox.localdomain:8080", path: "/x?y=1" },
  });
  const tcp = { schemaVersion: "2021-03-18", types: ["extension"], destination: { protocol: "TCP", port: 9000 } };
  expect(subscriptionSettings("logs", tcp)).toMatchObject({ destination: { protocol: "TCP", port: 9000 } });
});

test("batches of the Logs API can come by PUT", () => {
  const destination = { ...HTTP, method: "PUT" };
  expect(subscriptionSettings("logs", { types: ["platform"], destination })).toMatchObject({
    destination: { method: "PUT" },
  });
  expect(subscriptionSettings("telemetry", { types: ["platform"], destination })).toEqual({
    wrong: ["destination.method is not POST"],
  });
});

test.each([
  [{ types: [] }, "types should not be empty"],
  [{ types: ["all"] }, 'types has an unknown type: "all"'],
  [{ schemaVersion: "2020-08-15" }, "schemaVersion is not one of 2022-07-01, 2022-12-13, 2025-01-29"],
  [{ buffering: { timeoutMs: 24 } }, "buffering.timeoutMs is not an integer between 25 and 30000"],
  [{ buffering: { maxItems: 10_001 } }, "buffering.maxItems is not an integer between 1000 and 10000"],
  [{ buffering: { maxBytes: 1.5 } }, "buffering.maxBytes is not an integer between 262144 and 1048576"],
  [{ destination: undefined }, "destination is not provided"],
  [{ destination: { protocol: "HTTP", URI: "http://sandbox.localdomain" } }, "URI port is not provided"],
  [
    { destination: { protocol: "HTTP", URI: "http://10.0.0.1:80" } },
    "URI host is not sandbox.localdomain or sandbox, by http",
  ],
  [{ destination: { protocol: "HTTP", URI: "http://sandbox:9001" } }, "URI port cannot be used"],
  [{ destination: { protocol: "TCP", port: 70_000 } }, "destination.port is not a port that can be used"],
  [{ destination: { protocol: "UDP" } }, "destination.protocol is neither HTTP nor TCP"],
] as const)("%j is refused", (part, wrong) => {
  expect(subscriptionSettings("telemetry", { types: ["platform"], destination: HTTP, ...part })).toEqual({
    wrong: [wrong],
  });
});

test("whatever is sent is either taken within the limits or refused with a reason", () => {
  const limit = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.constant(null));
  const request = fc.record(
    {
      schemaVersion: fc.oneof(fc.string(), fc.constantFrom("2022-07-01", "2025-01-29"), fc.anything()),
      types: fc.oneof(fc.array(fc.constantFrom("platform", "function", "extension", "x")), fc.anything()),
      buffering: fc.oneof(fc.record({ maxItems: limit, maxBytes: limit, timeoutMs: limit }), fc.anything()),
      destination: fc.oneof(
        fc.record({
          protocol: fc.constantFrom("HTTP", "TCP", "x"),
          URI: fc.oneof(fc.webUrl(), fc.string()),
          port: limit,
        }),
        fc.anything(),
      ),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(request, (body) => {
      const settings = subscriptionSettings("telemetry", body);
      if ("wrong" in settings) expect(settings.wrong.length).toBeGreaterThan(0);
      else expect(settings.maxBytes * settings.maxItems).toBeLessThanOrEqual(1_048_576 * 10_000);
    }),
    { numRuns: 40 },
  );
});
