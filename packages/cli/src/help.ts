import type { CommandHelp, Option } from "./command.ts";

const ENVIRONMENT = `Requests go to AWS_ENDPOINT_URL (default: http://127.0.0.1:4566) and are signed with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
AWS_SESSION_TOKEN and AWS_REGION (or AWS_DEFAULT_REGION), as the aws command does, or
with the profile that AWS_PROFILE names; without any of them with Hearth's default key.
Only a root key of the owner's account can manage accounts and keys and read what belongs to other accounts.`;

/** The help of one command. */
export function commandHelp(command: CommandHelp): string {
  const { summary, details, examples } = command;
  const options = Object.entries(command.options);
  return [
    `hearth ${command.name}: ${summary}`,
    ...(details === undefined ? [] : [details]),
    `Usage:\n  ${usageOf(command)}`,
    ...(options.length > 0 ? [`Options:\n${columns(options.map(([name, it]) => [flagOf(name, it), it.text]))}`] : []),
    `Examples:\n${examples.map((example) => `  ${example}`).join("\n")}`,
    `Exit codes: 0 for success; 1 ${failureOf(command)}; 2 for a wrong command line or setting.`,
  ].join("\n\n");
}

/** The help of `hearth` itself. */
export function overallHelp(commands: readonly CommandHelp[]): string {
  return [
    "hearth: manages Hearth, AWS Lambda on your own hardware",
    `Commands (\`hearth COMMAND --help\` says more):\n${columns(commands.map(({ name, summary }) => [name, summary]))}`,
    ENVIRONMENT,
    "Exit codes: 0 for success, 1 for a failure, 2 for a wrong command line. docs/cli.md has all of this on one page.",
  ].join("\n\n");
}

/** Such as `hearth keys list [--account ID] [--json]`. */
export function usageOf({ name, positionals, options }: CommandHelp): string {
  const flags = Object.entries(options).map(([option, it]) => `[${flagOf(option, it)}]`);
  return ["hearth", name, ...positionals, ...flags].join(" ");
}

/** What exit code 1 means. */
export function failureOf({ failure }: CommandHelp): string {
  return failure ?? "when Hearth refused it or could not be reached";
}

/** Such as `-f, --follow` or `--since TIME`. */
export function flagOf(name: string, { short, value }: Option): string {
  return `${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
