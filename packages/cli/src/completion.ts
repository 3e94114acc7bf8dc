import { type CommandHelp, command, type Command } from "./command.ts";
import { CommandLineError } from "./commandLine.ts";

const SHELLS = { bash, zsh, fish } as const;

/** `hearth completion`, for these commands and itself. */
export function completionOf(others: readonly CommandHelp[]): Command {
  const own = command({
    name: "completion",
    positionals: ["bash|zsh|fish"],
    options: {},
    summary: "prints a script that completes commands and options in your shell",
    examples: [
      "source <(hearth completion bash)",
      "source <(hearth completion zsh)",
      "hearth completion fish > ~/.config/fish/completions/hearth.fish",
    ],
    run: ({ positionals: [shell = ""] }, { out }) => {
      if (shell !== "bash" && shell !== "zsh" && shell !== "fish") {
        throw new CommandLineError(`the shell must be bash, zsh or fish, not ${shell}`);
      }
      out(SHELLS[shell]([...others, own]));
      return Promise.resolve();
    },
  });
  return own;
}

interface Words {
  /** What may follow `hearth`. */
  readonly commands: readonly string[];
  /** What may follow `hearth COMMAND`, for commands that have actions. */
  readonly actions: ReadonlyMap<string, readonly string[]>;
}

function wordsOf(commands: readonly CommandHelp[]): Words {
  const actions = new Map<string, string[]>();
  for (const { name } of commands) {
    const [first = "", action] = name.split(" ");
    const known = actions.get(first) ?? [];
    if (action !== undefined) known.push(action);
    actions.set(first, known);
  }
  const some = new Map([...actions].filter(([, known]) => known.length > 0));
  return { commands: [...actions.keys(), "help", "--help"], actions: some };
}

/** What may be given as an argument where there is a choice, such as `bash|zsh|fish`. */
function choices({ positionals }: CommandHelp): readonly string[] {
  return positionals.flatMap((name) => (name.includes("|") ? name.split("|") : []));
}

function flags({ options }: CommandHelp): string {
  const all = Object.entries(options).flatMap(([name, { short }]) => [`--${name}`, ...(short ? [`-${short}`] : [])]);
  return [...all, "--help"].join(" ");
}

function bash(commands: readonly CommandHelp[]): string {
  const { commands: firsts, actions } = wordsOf(commands);
  return `# hearth completion for bash
_hearth() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words
  case "$COMP_CWORD:\${COMP_WORDS[1]}" in
    1:*) words="${firsts.join(" ")}" ;;
${[...actions].map(([first, known]) => `    2:${first}) words="${known.join(" ")} --help" ;;`).join("\n")}
    *)
      case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in
${commands.map((it) => `        "${it.name}"${it.name.includes(" ") ? "" : '" "*'}) words="${[...choices(it), flags(it)].join(" ")}" ;;`).join("\n")}
        *) words="--help" ;;
      esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ "\${#COMPREPLY[@]}" -eq 0 ]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _hearth hearth`;
}

function zsh(commands: readonly CommandHelp[]): string {
  return `#compdef hearth
autoload -U +X bashcompinit && bashcompinit
autoload -U +X compinit && (( $+functions[compdef] )) || compinit
${bash(commands)}`;
}

function fish(commands: readonly CommandHelp[]): string {
  const { commands: firsts, actions } = wordsOf(commands);
  const summaryOf = (name: string): string => commands.find((it) => it.name === name)?.summary ?? "";
  const quoted = (text: string): string => `'${text.replace(/['\\]/g, "\\$&")}'`;
  const top = firsts
    .filter((first) => !first.startsWith("-"))
    .map((first) => `complete -c hearth -f -n __fish_use_subcommand -a ${first} -d ${quoted(summaryOf(first))}`);
  const second = [...actions].flatMap(([first, known]) =>
    known.map(
      (action) =>
        `complete -c hearth -f -n '__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${known.join(" ")}' -a ${action} -d ${quoted(summaryOf(`${first} ${action}`))}`,
    ),
  );
  const options = commands.flatMap(({ name, options: known }) => {
    const where = name
      .split(" ")
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join("; and ");
    return Object.entries(known).map(
      ([option, { short, type, text }]) =>
        `complete -c hearth -n ${quoted(where)} -l ${option}${short ? ` -s ${short}` : ""}${type === "string" ? " -r" : ""} -d ${quoted(text)}`,
    );
  });
  const given = commands.flatMap((it) =>
    choices(it).map((choice) => `complete -c hearth -f -n '__fish_seen_subcommand_from ${it.name}' -a ${choice}`),
  );
  return ["# hearth completion for fish", ...top, ...second, ...given, ...options].join("\n");
}
