import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Finding, messageOf, ok, warn } from "./finding.ts";

const CHECK = "aws command";
const UPDATE = "install version 2, or give --endpoint-url to each call";

/** The `aws` command on the user's path. Hearth does not need it. */
export async function awsCliFinding(env: Readonly<Record<string, string | undefined>>): Promise<Finding> {
  try {
    const { stdout, stderr } = await promisify(execFile)("aws", ["--version"], { env, timeout: 20_000 });
    return awsVersionFinding(`${stdout}${stderr}`.trim());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return warn(
        CHECK,
        "there is none on the PATH",
        "install it to work with Hearth from the shell; SDKs and Terraform do not need it",
      );
    }
    return warn(CHECK, `aws --version failed: ${messageOf(error).split("\n")[0] ?? ""}`, UPDATE);
  }
}

/** Versions 1.29 and 2.13 were the first that read AWS_ENDPOINT_URL. */
export function awsVersionFinding(said: string): Finding {
  const [, version = "", major = "", minor = ""] = /^aws-cli\/((\d+)\.(\d+)\.\S+)/.exec(said) ?? [];
  if (version === "") return warn(CHECK, `its version is not understood: ${said.slice(0, 100)}`, UPDATE);
  const reads = Number(major) > 2 || Number(minor) >= (major === "1" ? 29 : 13);
  if (reads) return ok(CHECK, `${version}, which reads AWS_ENDPOINT_URL`);
  return warn(CHECK, `${version}, which does not read AWS_ENDPOINT_URL`, UPDATE);
}
