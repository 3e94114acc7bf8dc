import { SystemClock } from "@hearth/kit";
import { run } from "./run.ts";

const clock = new SystemClock();
process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  out: (text) => process.stdout.write(`${text}\n`),
  complain: (text) => process.stderr.write(`hearth: ${text}\n`),
  sleep: (ms) => clock.sleep(ms),
});
