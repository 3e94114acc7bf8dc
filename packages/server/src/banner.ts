import type { RuntimeSupport } from "@hearth/drivers";
import { type Config, formatAddress, type ListenAddress } from "./config.ts";

export interface BannerFacts {
  readonly config: Config;
  /** The address that it really listens on. */
  readonly address: ListenAddress;
  /** Absent in a process that runs no functions. */
  readonly driver: "docker" | "process" | undefined;
  readonly database: string;
  readonly runtimes: readonly RuntimeSupport[];
  /** What makes zip archives here; `undefined` when nothing was found. */
  readonly zipper: "zip" | "python3" | "bsdtar" | undefined;
}

/** What the user sees once Hearth is ready: its address, how to log in, and three commands that work when they are pasted. */
export function banner({ config, address, driver, database, runtimes, zipper }: BannerFacts): string {
  if (driver === undefined) return "";
  const sample = sampleFor(runtimes);
  const endpoint = `http://${formatAddress(reachable(address))}`;
  const isolation = driver === "docker" ? "docker" : "process (no isolation: for development only)";
  return `
Hearth is ready: AWS Lambda on ${endpoint}

  driver   ${isolation}
  data     ${config.HEARTH_DATA}
  database ${database}

export AWS_ENDPOINT_URL=${endpoint} AWS_REGION=${config.HEARTH_REGION} AWS_DEFAULT_REGION=${config.HEARTH_REGION}
export AWS_ACCESS_KEY_ID=${config.HEARTH_ACCESS_KEY_ID} AWS_SECRET_ACCESS_KEY=${shownSecret(config)}

${sample ? commands(sample, zipper) : "No runtime is available here: see the warnings above."}
Ctrl-C stops it.
`;
}

interface Sample {
  readonly runtime: string;
  readonly file: string;
  readonly handler: string;
  readonly code: string;
}

const NODE_CODE = `export const handler = async () => "Hello from Hearth";`;
const PYTHON_CODE = `def handler(event, context): return "Hello from Hearth"`;

/** The first runtime that is available: those that are there already come before those that must be built. */
function sampleFor(runtimes: readonly RuntimeSupport[]): Sample | undefined {
  const preferred = ["python3.13", "python3.14", "python3.11", "python3.9", "python3.12", "nodejs24.x", "nodejs22.x"];
  const known = preferred.map((name) => runtimes.find(({ runtime }) => runtime === name));
  const found = known.find((r) => r?.state === "ready") ?? known.find((r) => r?.state === "obtainable");
  if (!found) return undefined;
  const { runtime } = found;
  return runtime.startsWith("python")
    ? { runtime, file: "app.py", handler: "app.handler", code: PYTHON_CODE }
    : { runtime, file: "app.mjs", handler: "app.handler", code: NODE_CODE };
}

const ZIP_COMMANDS = {
  zip: "zip -q function.zip",
  python3: "python3 -m zipfile -c function.zip",
  bsdtar: "bsdtar -a -cf function.zip",
} as const;

function commands({ runtime, file, handler, code }: Sample, zipper: BannerFacts["zipper"]): string {
  const zip = zipper ? `${ZIP_COMMANDS[zipper]} ${file}` : `zip function.zip ${file}   # install zip first`;
  return `echo '${code}' > ${file} && ${zip}
aws lambda create-function --function-name hello --runtime ${runtime} --role arn:aws:iam::000000000000:role/any --handler ${handler} --zip-file fileb://function.zip && aws lambda wait function-active-v2 --function-name hello
aws lambda invoke --function-name hello out.json && cat out.json
`;
}

/** The owner's key is printed only when it is the public default one. */
function shownSecret(config: Config): string {
  return config.HEARTH_SECRET_ACCESS_KEY === "test" ? "test" : "…";
}

/** An address to connect to: one that stands for all interfaces is reachable on loopback. */
function reachable({ host, port }: ListenAddress): ListenAddress {
  if (host === "0.0.0.0") return { host: "127.0.0.1", port };
  return host === "::" ? { host: "::1", port } : { host, port };
}
