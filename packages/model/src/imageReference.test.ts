import fc from "fast-check";
import { expect, test } from "vitest";
import { parseImageReference } from "./imageReference.ts";

const digest = "0123456789abcdef".repeat(4);

test.each([
  ["app", { repository: "app" }],
  ["app:v1", { repository: "app", tag: "v1" }],
  ["team/app", { repository: "team/app" }],
  ["localhost/app", { repository: "localhost/app", host: "localhost" }],
  ["localhost:5000/app:1", { repository: "localhost:5000/app", host: "localhost:5000", tag: "1" }],
  ["registry.local/a/b__c/d-e.f", { repository: "registry.local/a/b__c/d-e.f", host: "registry.local" }],
  [`app:v1@sha256:${digest}`, { repository: "app", tag: "v1", digest }],
  [
    `123456789012.dkr.ecr.us-east-1.amazonaws.com/app@sha256:${digest}`,
    {
      repository: "123456789012.dkr.ecr.us-east-1.amazonaws.com/app",
      host: "123456789012.dkr.ecr.us-east-1.amazonaws.com",
      digest,
    },
  ],
])("%s is understood", (text, reference) => {
  expect(parseImageReference(text)).toEqual(reference);
});

test.each([
  "",
  "App",
  "app:",
  "app:.x",
  "/app",
  "app/",
  "a//b",
  "a/../b",
  "a b",
  "-a",
  "a_",
  "a___b",
  "app@sha256:12",
  `app@sha256:${digest}@sha256:${digest}`,
  `app@md5:${digest}`,
  "https://registry.local/app",
  "registry.local:port/app",
  "-registry.local/app",
  "app?x=1",
  "app#x",
  "app%2e",
  `${"a/".repeat(200)}b`,
  `a:${"t".repeat(129)}`,
])("%j is no image's name", (text) => {
  expect(parseImageReference(text)).toBeUndefined();
});

test("a parsed name can be formatted to the same text, and contains nothing that changes a path or a query", () => {
  const pieces = fc.array(
    fc.constantFrom("a", "b-c", "/", ":", "@", "..", ".", "_", "5000", "A", "?", "sha256:", digest, " "),
    {
      maxLength: 12,
    },
  );
  fc.assert(
    fc.property(pieces, (parts) => {
      const text = parts.join("");
      const reference = parseImageReference(text);
      if (!reference) return;
      const { repository, host, tag, digest: found } = reference;
      const written = [repository, tag === undefined ? "" : `:${tag}`, found === undefined ? "" : `@sha256:${found}`];
      expect(written.join("")).toBe(text);
      expect(repository.startsWith(host ?? "")).toBe(true);
      expect(text).not.toMatch(/(^|\/)\.|\/\/|[?#% \\]/);
    }),
    { numRuns: 5000 },
  );
});
