import { expect, test } from "vitest";
import { DomainNames } from "./domainNames.ts";

test("the most specific custom domain name has a host", () => {
  const names = new DomainNames(["*.example.com", "a.example.com", "*.deep.example.com", "other.org"]);
  expect(names.of("a.example.com")).toBe("a.example.com");
  expect(names.of("b.example.com")).toBe("*.example.com");
  expect(names.of("b.a.example.com")).toBe("*.example.com");
  expect(names.of("x.deep.example.com")).toBe("*.deep.example.com");
  expect(names.of("deep.example.com")).toBe("*.example.com");
  expect(names.of("other.org")).toBe("other.org");
});

test("a wildcard covers neither its own domain, nor names that only end alike, nor itself", () => {
  const names = new DomainNames(["*.example.com"]);
  const hosts = ["example.com", "badexample.com", ".example.com", "*.example.com", "a.*.example.com", "com", ""];
  for (const host of [...hosts, `${"a.".repeat(10_000)}example.com`]) expect(names.of(host)).toBeUndefined();
  expect(new DomainNames([]).of("a.example.com")).toBeUndefined();
});
