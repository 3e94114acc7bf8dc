// Commands of `hearth` that work on the data of this machine, with Hearth's own settings.
import { resolve } from "node:path";
import { runMaintenance } from "../src/maintenance/runMaintenance.ts";

process.exitCode = await runMaintenance(process.argv.slice(2), {
  env: process.env,
  root: resolve(import.meta.dirname, "../../.."),
  out: (text) => process.stdout.write(`${text}\n`),
  complain: (text) => process.stderr.write(`hearth: ${text}\n`),
});
