import { expect, test } from "vitest";
import { parseOutboundGrant } from "./outboundGrant.ts";

test("a grant names an account, a network and a port", () => {
  const grant = parseOutboundGrant("123456789012=10.0.0.0/8:443");
  expect(grant).toMatchObject({ accountId: "123456789012", port: 443 });
  expect(grant?.contains("10.255.0.1")).toBe(true);
  expect(grant?.contains("11.0.0.1")).toBe(false);
  expect(grant?.contains("::ffff:10.0.0.1")).toBe(false);
});

test("a grant for every account and every port, one IPv6 network, and one address", () => {
  expect(parseOutboundGrant("*=[fd00::]/8")).toMatchObject({ accountId: undefined, port: undefined });
  expect(parseOutboundGrant("*=[fd00::]/8")?.contains("fd12::1")).toBe(true);
  expect(parseOutboundGrant("*=192.168.1.5:25")?.contains("192.168.1.5")).toBe(true);
  expect(parseOutboundGrant("*=192.168.1.5:25")?.contains("192.168.1.6")).toBe(false);
  expect(parseOutboundGrant("*=0.0.0.0/0")?.contains("fd12::1")).toBe(false);
});

test.each([
  ...["10.0.0.0/8", "=10.0.0.0/8", "12=10.0.0.0/8", "*=10.0.0.0/33", "*=10.0.0/8", "*=[10.0.0.0]/8", "*=fd00::/8"],
  ...["*=[fd00::]/129", "*=10.0.0.1:0", "*=10.0.0.1:65536", "*=10.0.0.1:", "*=internal.example.org:443", "*=010.0.0.1"],
])("%s is not a grant", (text) => {
  expect(parseOutboundGrant(text)).toBeUndefined();
});
