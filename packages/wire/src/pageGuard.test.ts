import { AccessDeniedException } from "@hearth/model";
import { describe, expect, test } from "vitest";
import { PageGuard } from "./pageGuard.ts";

const guard = new PageGuard({ hosts: ["localhost", ".localhost", "127.0.0.1", "[::1]", "hearth.example.org"] });

test.each([
  "localhost:4566",
  "LOCALHOST",
  "a.b.localhost:1",
  "127.0.0.1:4566",
  "[::1]:4566",
  "hearth.example.org",
  "localhost.:4566",
])("a client that calls %s is answered", (host) => guard.check({ host }));

test.each([
  "evil.example",
  "127.0.0.1.evil.example:4566",
  "localhost.evil.example",
  "evillocalhost",
  "127.0.0.2",
  "[::2]:4566",
  "localhost:4566:80",
  "localhost@evil.example",
  "",
  " ",
])("a request for the host %j is refused", (host) => {
  expect(() => guard.check({ host })).toThrow(AccessDeniedException);
});

describe("what only a page sends", () => {
  const host = "127.0.0.1:4566";
  test.each([
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://127.0.0.1:4566" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "" },
  ])("%j is refused", (headers) => {
    expect(() => guard.check({ host, ...headers })).toThrow(/web pages/);
  });

  test.each([{}, { "sec-fetch-site": "none" }, { "sec-fetch-site": "same-origin" }])(
    "%j is no sign of one",
    (headers) => guard.check({ host, ...headers }),
  );
});

test("a request without a host is refused", () => {
  expect(() => guard.check({})).toThrow(/host name none/);
});
