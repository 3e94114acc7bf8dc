import { run } from "./run.ts";

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  out: (text) => process.stdout.write(`${text}\n`),
  complain: (text) => process.stderr.write(`hearth: ${text}\n`),
});
