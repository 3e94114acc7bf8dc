import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findProgram } from "./availability.ts";
import type { ClientConfig } from "./startHearth.ts";

export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunProgramOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
}

/** Runs a program to its end; any exit code is accepted. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: RunProgramOptions = {},
): Promise<ProgramResult> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, [...args], {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: options.env ?? process.env,
      timeout: options.timeoutMs ?? 180_000,
      maxBuffer: 64 * 1024 * 1024,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: number | string; stdout?: string; stderr?: string };
    if (typeof code !== "number") throw error;
    return { code, stdout: stdout ?? "", stderr: stderr ?? "" };
  }
}

/** What a user exports before working with Hearth, added to an environment without the developer's own AWS settings. */
export function awsEnvironment({ endpoint, region, credentials }: ClientConfig): NodeJS.ProcessEnv {
  const own = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(AWS_(?!CA_BUNDLE)|HEARTH_)/.test(name)),
  );
  return {
    ...own,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_PAGER: "",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

/** The `aws` command with this Hearth's environment. Rejects when a command fails. */
export interface AwsCli {
  /** Resolves with standard output. */
  (...args: string[]): Promise<string>;
}

/** CLI versions that read AWS_ENDPOINT_URL: 1 from 1.29, 2 from 2.13 (Debian 12 has 2.9). */
const READS_ENDPOINT_URL = /aws-cli\/(1\.(29|[3-9]\d)|2\.(1[3-9]|[2-9]\d))\./;

/** Whether this `aws` reads AWS_ENDPOINT_URL; an older one needs `--endpoint-url`. */
export async function readsEndpointUrl(aws: string): Promise<boolean> {
  const { stdout, stderr } = await runProgram(aws, ["--version"]);
  return READS_ENDPOINT_URL.test(stdout + stderr);
}

export async function awsCli(config: ClientConfig, cwd: string, aws = findProgram("aws")): Promise<AwsCli> {
  if (!aws) throw new Error("aws is not installed");
  const env = awsEnvironment(config);
  const told = (await readsEndpointUrl(aws)) ? [] : ["--endpoint-url", config.endpoint];
  return async (...args) => {
    const result = await runProgram(aws, [...told, ...args], { cwd, env });
    if (result.code !== 0) throw new Error(`aws ${args.join(" ")} ended with ${result.code}: ${result.stderr}`);
    return result.stdout;
  };
}
