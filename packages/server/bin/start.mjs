// `npm start`: set-up, then Hearth under the pinned Node 24.
import { join } from "node:path";
import { NODE_FLAGS } from "./nodeFlags.mjs";
import { exitWith, ROOT, runInForeground, setUp } from "./setUp.mjs";

await exitWith(async () => {
  const { node, env } = await setUp();
  const main = join(ROOT, "packages", "server", "src", "main.ts");
  // The channel tells Hearth when this process is gone, even by SIGKILL.
  return await runInForeground(node, [...NODE_FLAGS, main, ...process.argv.slice(2)], {
    env,
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
});
