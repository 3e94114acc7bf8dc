import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** Names of the sandboxes' containers, running or not, that the Hearth with this data directory started; `all`: also those that hold networks, and helpers. */
export async function containersOf(
  dataDirectory: string,
  which: "sandboxes" | "all" = "sandboxes",
): Promise<readonly string[]> {
  const file = join(dataDirectory, "installation-id");
  if (!existsSync(file)) return [];
  const filter = ["--filter", `label=hearth.installation=${(await readFile(file, "utf8")).trim()}`];
  if (which === "sandboxes") filter.push("--filter", "label=hearth.sandbox");
  const { stdout } = await promisify(execFile)("docker", ["ps", "--all", ...filter, "--format", "{{.Names}}"]);
  return stdout.split("\n").filter(Boolean);
}
