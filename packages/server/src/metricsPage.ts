import type { Registry } from "@hearth/kit";

/** Metrics of Hearth's own; the others are those of Node's process. */
const OWN = "hearth_";

/** What a metric of prom-client has besides what its type says. */
interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly labelNames: readonly string[];
}

export function ownMetrics(registry: Registry): readonly Metric[] {
  const all = registry.getMetricsAsArray() as unknown as readonly Metric[];
  return all.filter(({ name }) => name.startsWith(OWN)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** docs/metrics.md, written from the metrics of a registry that has all of them. */
export function metricsPage(registry: Registry): string {
  const rows = ownMetrics(registry).map(({ name, help, type, labelNames }) => {
    const labels = labelNames.map((label) => `\`${label}\``).join(", ");
    return `| \`${name}\` | ${type} | ${unitOf(name)} | ${labels} | ${help.replaceAll("|", "\\|")} |`;
  });
  return `# Metrics

Every process serves \`/metrics\` for Prometheus at \`HEARTH_METRICS_LISTEN\`; the launcher that \`npm start\` brings has the next port. Each metric
comes from the processes whose work it measures: with \`docker-compose.yml\`, invocations from the invoker, the queue of events and the database's size from
events, images and the Docker Engine's disk from the launcher.

\`account\`, \`region\` and \`function\` name a function. Each account has \`HEARTH_METRICS_FUNCTIONS\` functions with series of their own, at most 2,000 of all
accounts together; what its further ones do is counted as \`function="(others)"\`. The series of a deleted function disappear. Counts by function of 0 are
left out. Labels never hold what a caller or a function's code can choose, names of functions apart.

Of a histogram, \`_bucket\`, \`_sum\` and \`_count\` are served. Durations are in seconds and sizes in bytes. Counters begin at 0 when a process starts.

| Metric | Type | Unit | Labels | Meaning |
|---|---|---|---|---|
${rows.join("\n")}

Each process also has the metrics of Node and its process that [prom-client](https://github.com/siimon/prom-client#default-metrics) makes, among them
\`process_cpu_seconds_total\`, \`process_resident_memory_bytes\`, \`process_open_fds\`, \`nodejs_gc_duration_seconds\`, and \`nodejs_eventloop_lag_p99_seconds\`:
how late the event loop ran what was due.

## Alerts and dashboards

\`deploy/prometheus-rules.yml\` has alert rules, \`deploy/grafana/dashboards\` two dashboards: of the installation, and of functions by account. The Prometheus
and the Grafana of \`docker-compose.yml\` load them; an Alertmanager is yours to add (\`alerting:\` in \`deploy/prometheus.yml\`). Elsewhere, load the rules with
\`rule_files\` and import the dashboards; they need a data source with the uid \`prometheus\`.

The rules and dashboards use the label \`role\`, which \`deploy/prometheus.yml\` gives to each process.

This page is generated from the metrics themselves: \`npm test unit -- -u\` writes it anew.
`;
}

function unitOf(name: string): string {
  if (/_seconds(_total)?$/.test(name)) return "seconds";
  return /_bytes(_total)?$/.test(name) ? "bytes" : "";
}
