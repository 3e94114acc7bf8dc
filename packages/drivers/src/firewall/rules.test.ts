import { describe, expect, test } from "vitest";
import { installScript, parseAllowed, removeScript, resolversOf } from "./rules.ts";

const rules = {
  bridge: "hearth1a2b3c4d",
  installation: "1a2b3c4d",
  allow: [parseAllowed("10.1.2.0/24:5432")],
  resolvers: ["192.168.1.1"],
};

describe("the egress rules", () => {
  test("open what is allowed before they close private ranges", () => {
    const script = installScript(rules);
    const allowed = script.indexOf("-A HEARTH-FW-1a2b3c4d -d 10.1.2.0/24 -p tcp --dport 5432 -j RETURN");
    expect(allowed).toBeGreaterThan(0);
    expect(script.indexOf("-A HEARTH-FW-1a2b3c4d -d 10.0.0.0/8 -j DROP")).toBeGreaterThan(allowed);
    expect(script).toContain("-A HEARTH-FW-1a2b3c4d -d 169.254.0.0/16 -j DROP");
  });

  test("drop everything for the host itself but resolvers and what is allowed", () => {
    const lines = installScript(rules)
      .split("\n")
      .filter((line) => line.startsWith("-A HEARTH-IN"));
    expect(lines.at(-1)).toBe("-A HEARTH-IN-1a2b3c4d -j DROP");
    expect(lines.slice(0, -1).every((line) => line.endsWith("-j ACCEPT"))).toBe(true);
    expect(lines).toHaveLength(4);
  });

  test("are removed by name only", () => {
    expect(removeScript(rules)).not.toMatch(/-F (INPUT|FORWARD|DOCKER-USER)/);
  });
});

test.each([
  "10.0.0.0/33:1",
  "10.0.0.1",
  "10.0.0.1:0",
  "10.0.0.1:70000",
  "::1:80",
  "a.b:80",
  "10.0.0.1:80; reboot",
  "300.1.1.1:80",
  "",
])("%j is not something to allow", (text) => {
  expect(() => parseAllowed(text)).toThrow(/is not CIDR:port/);
});

test("resolvers on loopback are the engine's own business", () => {
  expect(
    resolversOf("search x\nnameserver 127.0.0.53\nnameserver 10.0.0.2\n nameserver fd00::1\n#nameserver 1.1.1.1"),
  ).toEqual(["10.0.0.2"]);
});
