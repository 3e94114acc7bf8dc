import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { findProgram, runProgram, skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allMetrics } from "./testing/allMetrics.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const RULES = "deploy/prometheus-rules.yml";
const DASHBOARDS = readdirSync(join(ROOT, "deploy/grafana/dashboards")).map(
  (name) => `deploy/grafana/dashboards/${name}`,
);
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

let folder: string;
/** Names as they are served. */
let served: ReadonlySet<string>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hearth-metrics-"));
  const metrics = await (await allMetrics(folder)).getMetricsAsJSON();
  served = new Set(
    metrics.flatMap(({ name, type }) =>
      String(type) === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The metrics that expressions query, and that are not served. */
function missing(expressions: readonly string[]): readonly string[] {
  const asked = expressions.flatMap((text) => text.match(/\b(hearth|nodejs|process)_[a-z0-9_]+/g) ?? []);
  expect(asked.length).toBeGreaterThan(10);
  return asked.filter((name) => !served.has(name));
}

test("every metric that an alert rule asks for exists", () => {
  expect(missing([read(RULES)])).toEqual([]);
});

const promtool = findProgram("promtool");
describe("promtool", skipReason(promtool ? undefined : "promtool is not installed"), () => {
  test.each([
    ["check", "rules", RULES],
    ["test", "rules", "deploy/prometheus-rules.test.yml"],
  ])("%s %s", async (...args) => {
    const { code, stdout, stderr } = await runProgram(promtool ?? "", args, { cwd: ROOT });
    expect(code, `${stdout}${stderr}`).toBe(0);
  });
});

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly datasource: { readonly uid: string };
    readonly targets: readonly { readonly expr: string }[];
  }[];
  readonly templating?: {
    readonly list: readonly { readonly name: string; readonly query: string | { readonly query: string } }[];
  };
}

test.each(DASHBOARDS)(
  "%s asks for metrics and variables that exist, and for the data source that is provisioned",
  (path) => {
    const { panels, templating } = JSON.parse(read(path)) as Dashboard;
    const uid = /uid: (\S+)/.exec(read("deploy/grafana/provisioning/datasources/prometheus.yml"))?.[1];
    const variables = templating?.list ?? [];
    const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    const queries = variables.map(({ query }) => (typeof query === "string" ? query : query.query));
    const all = [...expressions, ...queries];
    expect(missing(all)).toEqual([]);
    const names = variables.map(({ name }) => name);
    const used = all.flatMap((text) => [...text.matchAll(/\$([a-z]+)/g)].map(([, name = ""]) => name));
    expect(used.filter((name) => !names.includes(name))).toEqual([]);
    for (const { title, datasource } of panels) expect(datasource.uid, title).toBe(uid);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  },
);

test("functions of one name in several accounts are never added up by function alone", () => {
  for (const path of [...DASHBOARDS, RULES]) {
    for (const [group] of read(path).matchAll(/\bby \([^)]*\bfunction\b[^)]*\)/g)) {
      expect(group, path).toMatch(/account.*region|region.*account/);
    }
  }
});

test("docker-compose.yml mounts the rules where Prometheus looks for them, the dashboards where Grafana does, and nothing that is not there", () => {
  const mounts = new Map(
    [...read("docker-compose.yml").matchAll(/- \.\/(deploy\/\S+):(\/[^:\s]+):ro/g)].map(([, from = "", to = ""]) => [
      to,
      from,
    ]),
  );
  for (const from of mounts.values()) expect(existsSync(join(ROOT, from)), from).toBe(true);
  const [, rules] = /rule_files:\s+- (\S+)/.exec(read("deploy/prometheus.yml")) ?? [];
  expect(mounts.get(rules ?? "")).toBe(RULES);
  const [, dashboards] = /path: (\S+)/.exec(read("deploy/grafana/provisioning/dashboards/hearth.yml")) ?? [];
  expect(mounts.get(dashboards ?? "")).toBe("deploy/grafana/dashboards");
});
