import type { CommandHelp } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { failureOf, flagOf, usageOf } from "./help.ts";

/** docs/cli.md, written from the commands themselves. */
export function cliPage(): string {
  const sections = COMMANDS.map(section);
  return `# The \`hearth\` command

\`npm run -s hearth -- COMMAND\` or \`npx hearth COMMAND\` in the clone; \`npm link\` there makes \`hearth\` a command of its own. It runs under the pinned
Node 24, which the first call installs as \`npm start\` does, and needs Node 20 to begin with.

Requests go to \`AWS_ENDPOINT_URL\` (default: \`http://127.0.0.1:4566\`) and are signed with \`AWS_ACCESS_KEY_ID\`, \`AWS_SECRET_ACCESS_KEY\`,
\`AWS_SESSION_TOKEN\` and \`AWS_REGION\` (or \`AWS_DEFAULT_REGION\`), as the \`aws\` command does, or with the profile that
\`AWS_PROFILE\` names (its key, \`region\` and \`endpoint_url\`); without any of them with Hearth's default key. Only a root key of the
owner's account can manage accounts and keys, and read what belongs to other accounts. Other keys may use \`functions list\`, \`usage\`, \`logs\` and \`audit\`
of their own account, as far as their policies allow: the actions are \`hearth:ListFunctions\`, \`hearth:GetEnvironments\`, \`hearth:GetUsage\`,
\`hearth:GetServiceUsage\`, \`hearth:GetAuditEvents\`, \`hearth:FollowAudit\` and \`logs:FilterLogEvents\`.

\`doctor\`, \`config\`, \`backup\` and \`master-key\` work on the settings and data of the machine on which they run. The others need only the address of a Hearth.

| Exit code | Means |
|---|---|
| 0 | success |
| 1 | a failure, or what the command's section says |
| 2 | a wrong command line, or a wrong setting |

| Command | Does |
|---|---|
${COMMANDS.map(({ name, summary }) => `| [\`hearth ${name}\`](#hearth-${name.replaceAll(" ", "-")}) | ${summary} |`).join("\n")}

${sections.join("\n\n")}

This page is generated from the commands in \`packages/cli/src\`: \`npm test unit -- -u\` writes it anew.
`;
}

function section(command: CommandHelp): string {
  const { name, summary, details, options, examples, failure } = command;
  const rows = Object.entries(options).map(([option, it]) => `| \`${cell(flagOf(option, it))}\` | ${cell(it.text)} |`);
  return [
    `## hearth ${name}`,
    `\`${usageOf(command)}\``,
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.${details === undefined ? "" : ` ${details}`}${failure === undefined ? "" : ` Exit code 1 ${failureOf(command)}.`}`,
    ...(rows.length > 0 ? [`| Option | Means |\n|---|---|\n${rows.join("\n")}`] : []),
    `\`\`\`sh\n${examples.join("\n")}\n\`\`\``,
  ].join("\n\n");
}

/** Text of a cell of a table. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
