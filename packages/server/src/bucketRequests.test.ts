import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { bucketRequests } from "./bucketRequests.ts";

const isForBucket = bucketRequests(["hearth.example.org"]);
const header = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=AKID/20261129/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`;
const link = "/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20261129%2Fus-east-1%2Fs3%2Faws4_request";

test.each([
  ["reports.hearth.example.org", "/key", header("s3"), true],
  ["Reports.Hearth.Example.org:4566", "/key", header("s3"), true],
  ["my.reports.localhost:4566", "/key", header("s3"), true],
  ["reports.hearth.example.org", link, undefined, true],
  ["reports.hearth.example.org", "/key", header("execute-api"), false],
  ["reports.hearth.example.org", "/key", undefined, false],
  ["api.elsewhere.org", "/key", header("s3"), false],
])(
  "a signed request for a bucket below Hearth's name is no request for an API: %s %s",
  (host, url, authorization, is) => {
    expect(isForBucket({ headers: { host, authorization }, url } as unknown as IncomingMessage)).toBe(is);
  },
);
