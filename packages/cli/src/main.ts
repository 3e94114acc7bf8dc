// Every command of `hearth` that sends requests to a running Hearth; `packages/server/bin/maintain.ts` has the others.
import { SystemClock } from "@hearth/kit";
import { run } from "./run.ts";

/** Such as `hearth audit | head`: the reader has enough. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

const clock = new SystemClock();
process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  out: (text) => process.stdout.write(`${text}\n`),
  complain: (text) => process.stderr.write(`hearth: ${text}\n`),
  now: () => clock.now(),
  sleep: (ms) => clock.sleep(ms),
});
