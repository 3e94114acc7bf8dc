import { expect, test } from "vitest";
import { endpointVariables } from "./sandboxApi.ts";
import { testVersion } from "./testing/testVersion.ts";

const ALL = ["AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL_STS"];
const of = (Variables: Record<string, string>) => endpointVariables(testVersion({ Variables }), ALL);

test("SDKs are led to Hearth for the services that it answers", () => {
  expect(of({})).toEqual(ALL);
});

test("never over what the user has set", () => {
  expect(of({ AWS_ENDPOINT_URL_STS: "http://elsewhere" })).not.toContain("AWS_ENDPOINT_URL_STS");
  expect(of({ AWS_ENDPOINT_URL: "http://elsewhere" })).toEqual([]);
  expect(of({ AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" })).toEqual([]);
});
