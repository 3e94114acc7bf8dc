// `npm start`: set-up, then Hearth under the pinned Node 24.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { MALLOC_SETTINGS, NODE_FLAGS } from "./nodeFlags.mjs";
import { exitWith, ROOT, runInForeground, setUp, stripSources } from "./setUp.mjs";

const SETPRIV = "/usr/bin/setpriv";

await exitWith(async () => {
  const { node, env } = await setUp();
  await stripSources(node);
  const main = join(ROOT, "packages", "server", "src", "main.ts");
  // Root gives up root after the start, and then no program that it starts can give it back (setuid, file capabilities).
  const setpriv = process.getuid?.() === 0 && existsSync(SETPRIV) ? [SETPRIV, "--no-new-privs", "--"] : [];
  const [program, ...args] = [...setpriv, node, ...NODE_FLAGS, main, ...process.argv.slice(2)];
  // The channel tells Hearth when this process is gone, even by SIGKILL.
  return await runInForeground(program, args, {
    // Node would keep in memory all that it has read from its cache of compiled modules: 16 MB, for 0.3 s of a start.
    env: { ...MALLOC_SETTINGS, ...env, NODE_COMPILE_CACHE: undefined },
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
});
