import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { COMMANDS } from "./commands.ts";
import { run } from "./run.ts";

async function scriptFor(shell: string): Promise<string> {
  let script = "";
  await run(["completion", shell], {
    env: {},
    out: (text) => void (script += text),
    complain: () => undefined,
    sleep: () => Promise.resolve(),
  });
  return script;
}

/** What bash offers when the user presses Tab after these words. */
async function offered(...words: string[]): Promise<readonly string[]> {
  const program = `${await scriptFor("bash")}
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_hearth
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const said = execFileSync("bash", ["-c", program, "bash", "hearth", ...words], { encoding: "utf8", cwd: "/" });
  return said.split("\n").filter(Boolean);
}

test("bash completes commands, their actions and their options", async () => {
  expect(await offered("st")).toEqual(["status"]);
  expect(await offered("")).toEqual(expect.arrayContaining(["accounts", "logs", "completion"]));
  expect(await offered("keys", "r")).toEqual(["rotate"]);
  expect(await offered("logs", "hello", "--f")).toEqual(["--follow", "--filter"]);
  expect(await offered("keys", "create", "--")).toEqual(["--account", "--user", "--json", "--help"]);
  expect(await offered("completion", "z")).toEqual(["zsh"]);
  expect(await offered("backup", "verify", "/et")).toEqual(["/etc"]);
});

test.each(["bash", "zsh", "fish"])("the script for %s has every command and option", async (shell) => {
  const script = await scriptFor(shell);
  for (const { name, options } of COMMANDS) {
    for (const word of [...name.split(" "), ...Object.keys(options)]) expect(script).toContain(word);
  }
});
