import { expect, test } from "vitest";
import { ProxiedClients } from "./proxiedClients.ts";

test("a client has so many requests at a time, and takes none from others", () => {
  const clients = new ProxiedClients(2);
  const [first, second] = [clients.begin("192.0.2.1"), clients.begin("192.0.2.1")];
  expect([typeof first, typeof second, clients.begin("192.0.2.1")]).toEqual(["function", "function", undefined]);
  expect(clients.begin("192.0.2.2")).toBeDefined();
  first?.();
  first?.();
  expect(clients.begin("192.0.2.1")).toBeDefined();
  expect(clients.begin("192.0.2.1")).toBeUndefined();
});

test("a client with IPv6 has its whole network", () => {
  const clients = new ProxiedClients(1);
  expect(clients.begin("2001:db8::1")).toBeDefined();
  expect(clients.begin("2001:db8::2")).toBeUndefined();
  expect(clients.begin("2001:db8:0:1::1")).toBeDefined();
});
