import { readdirSync } from "node:fs";
import { join } from "node:path";
import { findProgram, noProgram } from "./availability.ts";

/** Where `terraform init -plugin-dir=` finds providers: places that distributions and prepared machines use. */
const MIRRORS = [
  ...(process.env["TF_PLUGIN_MIRROR"] ? [process.env["TF_PLUGIN_MIRROR"]] : []),
  "/opt",
  "/usr/share/terraform/plugins",
  "/usr/local/share/terraform/plugins",
  join(process.env["HOME"] ?? "/nowhere", ".terraform.d"),
];
const DEEPEST = 8;

const HOST = "/registry.terraform.io/";

/** The program of hashicorp/aws in a provider mirror, found by its name. */
export function findProvider(): string | undefined {
  return MIRRORS.map((place) => findIn(place, DEEPEST)).find((found) => found?.includes(HOST));
}

/** The root of a provider mirror that has hashicorp/aws. */
export function findProviderMirror(): string | undefined {
  return findProvider()?.split(HOST)[0];
}

function findIn(folder: string, depth: number): string | undefined {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return undefined; // missing, or not readable for us
  }
  for (const entry of entries) {
    if (/^terraform-provider-aws[_0-9v.]/.test(entry.name)) return join(folder, entry.name);
    if (!entry.isDirectory() || depth === 0) continue;
    const found = findIn(join(folder, entry.name), depth - 1);
    if (found) return found;
  }
  return undefined;
}

/** Why a Terraform test is skipped; `undefined` when terraform and hashicorp/aws are there. */
export function noTerraform(): string | undefined {
  const missing = noProgram("terraform");
  if (missing) return missing;
  return findProgram("terraform") && findProviderMirror()
    ? undefined
    : "no mirror of Terraform's hashicorp/aws provider was found";
}
