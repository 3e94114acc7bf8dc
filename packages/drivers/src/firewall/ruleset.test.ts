import fc from "fast-check";
import { expect, test } from "vitest";
import { BlockList } from "node:net";
import { CLOSED_RANGES, parseAllowed, resolversOf, rulesOf, ruleset } from "./ruleset.ts";

test.each([
  ["10.1.2.0/24:5432", { cidr: "10.1.2.0/24", port: 5432 }],
  ["10.1.2.3", { cidr: "10.1.2.3", port: undefined }],
  ["192.168.0.0/16", { cidr: "192.168.0.0/16", port: undefined }],
])("%s is understood", (text, allowed) => {
  expect(parseAllowed(text)).toEqual(allowed);
});

test.each([
  "",
  "10.1.2.3/33",
  "10.1.2.256",
  "10.1.2.3:0",
  "10.1.2.3:65536",
  "::1",
  "[::1]:5",
  "10.1.2.3:5;flush",
  "a.example:5",
])("%s is refused", (text) => {
  expect(() => parseAllowed(text)).toThrow("not of the form");
});

test("nothing that is accepted can become another rule", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...Array.from("0123456789./:;{}\n abc")) }), (text) => {
      try {
        expect(parseAllowed(text).cidr).toMatch(/^[0-9.]+(\/\d+)?$/);
      } catch (error) {
        expect((error as Error).message).toContain("not of the form");
      }
    }),
  );
});

test("resolvers that a packet cannot be sent to are left out", () => {
  const conf =
    "search lan\nnameserver 127.0.0.53\nnameserver 10.0.0.2\n nameserver 10.0.0.2\nnameserver fe80::1%eth0\n# nameserver 1.1.1.1\n";
  expect(resolversOf(conf)).toEqual(["10.0.0.2"]);
});

test("what is allowed comes before what is closed", () => {
  const rules = ruleset({
    table: "t",
    bridge: "b",
    allow: [{ cidr: "10.0.0.0/8", port: 5432 }],
    resolvers: ["10.0.0.2"],
  });
  expect(rules.indexOf("ip daddr 10.0.0.0/8 tcp dport 5432 accept")).toBeGreaterThan(0);
  expect(rules.indexOf("jump open")).toBeLessThan(rules.indexOf("ip daddr { 0.0.0.0/8"));
});

test("addresses that are not part of the Internet are closed, and those beside them are not", () => {
  const closed = new BlockList();
  for (const range of CLOSED_RANGES) {
    const [address = "", prefix] = range.split("/");
    closed.addSubnet(address, Number(prefix), "ipv4");
  }
  const isClosed = (address: string): boolean => closed.check(address, "ipv4");
  const inside = ["168.63.129.16", "192.0.2.1", "198.51.100.255", "203.0.113.9", "192.0.0.8", "198.19.255.1"];
  expect([...inside, "100.64.0.1", "100.127.255.254", "192.88.99.1"].filter((address) => !isClosed(address))).toEqual(
    [],
  );
  const outside = [
    "168.63.129.15",
    "168.63.129.17",
    "192.0.1.1",
    "198.51.101.1",
    "203.0.114.1",
    "100.63.0.1",
    "100.128.0.1",
  ];
  expect([...outside, "198.17.0.1", "198.20.0.1", "192.88.98.1"].filter(isClosed)).toEqual([]);
  const rules = ruleset({ table: "t", bridge: "b", allow: [], resolvers: [] });
  for (const range of CLOSED_RANGES) expect(rules).toContain(range);
  expect(rules).toContain("meta nfproto ipv6");
});

test("a limit of bandwidth is one bucket for each sandbox and direction, and there is none without the setting", () => {
  const options = { table: "t", bridge: "b", allow: [], resolvers: [] };
  expect(ruleset(options)).not.toMatch(/limit|update/);
  const rules = ruleset({ ...options, bytesPerS: 10_000_000 });
  const bucket = "limit rate over 10000000 bytes/second burst 262144 bytes";
  expect(rules).toContain(`iifname "b" update @sent { ip saddr ${bucket} } drop`);
  expect(rules).toContain(`oifname "b" update @received { ip daddr ${bucket} } drop`);
});

test("sandboxes that come and go do not look like a change of the rules", () => {
  const listed = (elements: string): string =>
    `table inet t {\n\tset sent {\n\t\ttype ipv4_addr\n${elements}\t}\n\n\tchain open {\n\t}\n}\n`;
  const used = listed(
    "\t\telements = { 172.18.0.2 limit rate over 1 bytes/second,\n\t\t\t     172.18.0.3 limit rate over 1 bytes/second }\n",
  );
  expect(rulesOf(used)).toBe(rulesOf(listed("")));
  expect(rulesOf(used)).not.toBe(rulesOf(listed("").replace("open", "closed")));
});
