import { expect, test } from "vitest";
import { findBroker, parseBrokers } from "./broker.ts";

test("an entry has a name, a scheme, and servers with the scheme's port where none is given", () => {
  expect(parseBrokers("orders=amqps://mq.internal, events=kafka://k1,k2:9099,[::1]:9092")).toEqual([
    { name: "orders", protocol: "rabbitmq", isSecure: true, servers: [{ host: "mq.internal", port: 5671 }] },
    {
      name: "events",
      protocol: "kafka",
      isSecure: false,
      servers: [
        { host: "k1", port: 9092 },
        { host: "k2", port: 9099 },
        { host: "::1", port: 9092 },
      ],
    },
  ]);
  expect(parseBrokers("")).toEqual([]);
});

test.each([
  "orders",
  "k1:9092",
  "orders=stomp://mq:61613",
  "orders=amqp://mq:0",
  "orders=amqp://mq:70000",
  "orders=amqp://user:password@mq",
  "123=orders=amqp://mq",
])("%s is not a list of brokers", (text) => {
  expect(parseBrokers(text)).toBeUndefined();
});

test("an account finds its own entry before that of all accounts, and never that of another account", () => {
  const brokers = parseBrokers("orders=amqp://all,111111111111:orders=amqp://one,222222222222:mine=amqp://two") ?? [];
  const hostFor = (accountId: string, ...names: string[]): string | undefined =>
    findBroker(brokers, "rabbitmq", accountId, names)?.servers[0]?.host;
  expect(hostFor("111111111111", "orders")).toBe("one");
  expect(hostFor("222222222222", "orders", "b-1")).toBe("all");
  expect(hostFor("222222222222", "b-1", "mine")).toBe("two");
  expect(hostFor("111111111111", "mine")).toBeUndefined();
  expect(findBroker(brokers, "kafka", "111111111111", ["orders"])).toBeUndefined();
});
