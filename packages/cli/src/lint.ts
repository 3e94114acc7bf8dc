import { adminClient } from "./adminClient.ts";
import { command, JSON_OPTION } from "./command.ts";
import { CommandLineError } from "./commandLine.ts";
import { withoutControls } from "./textTable.ts";

interface Finding {
  /** Absent for what concerns every function. */
  readonly function?: string;
  readonly subject: string;
  readonly reason: string;
}

export const lint = command({
  name: "lint",
  positionals: ["[FUNCTION]"],
  options: { all: { type: "boolean", text: "looks at every function of the account and region" }, json: JSON_OPTION },
  summary: "names what of a function would not run the same on AWS",
  details:
    "One line for each: runtimes that run on another version here, settings that have no effect here, roles that do not exist, sources and targets that only Hearth has, folders of the host, images outside ECR, and limits that were raised. Of versions it looks at $LATEST.",
  examples: ["hearth lint hello", "hearth lint --all --json"],
  failure: "when something was found",
  async run({ values, positionals: [name] }, { env, out }) {
    if ((name === undefined) === !values.all) throw new CommandLineError("lint needs a FUNCTION or --all");
    const client = adminClient(env);
    const findings: Finding[] = [];
    for (let marker: string | undefined; ;) {
      const query = { ...(name !== undefined && { function: name }), ...(marker !== undefined && { marker }) };
      const page = (await client.get("/_hearth/lint", query)) as {
        readonly findings: readonly Finding[];
        readonly marker?: string;
      };
      findings.push(...page.findings);
      marker = page.marker;
      if (marker === undefined) break;
    }
    if (values.json) out(JSON.stringify(findings, null, 2));
    else if (findings.length === 0) out("Nothing was found that would not run the same on AWS.");
    else for (const finding of findings) out(withoutControls(line(finding)));
    return findings.length === 0 ? 0 : 1;
  },
});

function line({ function: name, subject, reason }: Finding): string {
  return `${name ?? "all functions"}: ${subject}: ${reason}`;
}
