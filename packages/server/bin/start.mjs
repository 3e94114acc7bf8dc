// `npm start`: set-up, then Hearth under the pinned Node 24.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { MALLOC_SETTINGS, NODE_FLAGS } from "./nodeFlags.mjs";
import { exitWith, ROOT, runInForeground, setUp } from "./setUp.mjs";

const SETPRIV = "/usr/bin/setpriv";

await exitWith(async () => {
  const { node, env } = await setUp();
  const main = join(ROOT, "packages", "server", "src", "main.ts");
  // Root gives up root after the start, and then no program that it starts can give it back (setuid, file capabilities).
  const setpriv = process.getuid?.() === 0 && existsSync(SETPRIV) ? [SETPRIV, "--no-new-privs", "--"] : [];
  const [program, ...args] = [...setpriv, node, ...NODE_FLAGS, main, ...process.argv.slice(2)];
  // The channel tells Hearth when this process is gone, even by SIGKILL.
  return await runInForeground(program, args, {
    env: { ...MALLOC_SETTINGS, ...env },
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
});
