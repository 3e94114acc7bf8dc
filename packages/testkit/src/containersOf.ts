import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Names of the containers, running or not, that the Hearth with this data directory started. */
export async function containersOf(dataDirectory: string): Promise<readonly string[]> {
  const filter = ["--filter", `label=hearth.data=${dataDirectory}`];
  const { stdout } = await promisify(execFile)("docker", ["ps", "--all", ...filter, "--format", "{{.Names}}"]);
  return stdout.split("\n").filter(Boolean);
}
