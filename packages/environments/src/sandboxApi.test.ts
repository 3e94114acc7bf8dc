import { expect, test } from "vitest";
import { endpointVariables } from "./sandboxApi.ts";
import { testVersion } from "./testing/testVersion.ts";

const of = (Variables: Record<string, string>) => endpointVariables(testVersion({ Variables }));

test("SDKs are led to Hearth for the services that it answers", () => {
  expect(of({})).toEqual([
    "AWS_ENDPOINT_URL_LAMBDA",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_IAM",
    "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
  ]);
});

test("never over what the user has set", () => {
  expect(of({ AWS_ENDPOINT_URL_STS: "http://elsewhere" })).not.toContain("AWS_ENDPOINT_URL_STS");
  expect(of({ AWS_ENDPOINT_URL: "http://elsewhere" })).toEqual([]);
  expect(of({ AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" })).toEqual([]);
});
