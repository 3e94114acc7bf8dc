import type { ParametersRequest } from "./parametersRequest.ts";

type Members = Readonly<Record<string, unknown>>;

/** Every member in this order; absent ones are null. */
const PARAMETER = [
  "ARN",
  "DataType",
  "LastModifiedDate",
  "Name",
  "Selector",
  "SourceResult",
  "Type",
  "Value",
  "Version",
];
const SECRET = ["ARN", "CreatedDate", "Name", "SecretBinary", "SecretString", "VersionId", "VersionStages"];
/** The wire has seconds; the extension writes them as a time. */
const TIMES = new Set(["LastModifiedDate", "CreatedDate"]);

/** A service's answer as the extension, a program in Go, writes it. */
export function parametersAnswer({ service }: ParametersRequest, body: string): string {
  const answer = JSON.parse(body) as Members;
  if (service === "secretsmanager") return JSON.stringify({ ...inOrder(answer, SECRET), ResultMetadata: {} });
  return JSON.stringify({ Parameter: inOrder(answer["Parameter"] as Members, PARAMETER), ResultMetadata: {} });
}

function inOrder(members: Members, names: readonly string[]): Members {
  return Object.fromEntries(names.map((name) => [name, written(name, members[name])]));
}

function written(name: string, value: unknown): unknown {
  if (TIMES.has(name) && typeof value === "number") return new Date(value * 1000).toISOString();
  return value ?? null;
}
