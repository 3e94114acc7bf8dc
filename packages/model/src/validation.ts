import type { z } from "zod";
import { type AwsError, SerializationException, ValidationException } from "./errors.ts";
import { javaDouble } from "./javaDouble.ts";

const WRONG_TYPE = / can not be converted to an? \w+$/;

/**
 * AWS's message about input that violates constraints:
 * `1 validation error detected: Value '…' at 'functionName' failed to satisfy constraint: Member must …`.
 */
export function validationMessage(error: Pick<z.ZodError, "issues">, input: unknown): string {
  const parts = error.issues.map((issue) => {
    const value = valueAt(input, issue.path);
    const shown = isSensitive(issue.path)
      ? "Value"
      : value === undefined || value === null
        ? "Value null"
        : `Value '${javaString(value, isDouble(issue))}'`;
    return `${shown} at '${awsPath(issue.path)}' failed to satisfy constraint: ${issue.message}`;
  });
  return `${parts.length} validation error${parts.length === 1 ? "" : "s"} detected: ${parts.join("; ")}`;
}

/** Marks an issue whose message is AWS's whole message. */
const WHOLE = "\u0000";

/** The message of an issue that replaces AWS's usual sentence. */
export function wholeMessage(message: string): string {
  return WHOLE + message;
}

/** The error AWS answers to input that `error` describes: SerializationException for a wrong JSON type, else ValidationException. */
export function validationError(error: z.ZodError, input: unknown): AwsError {
  const wrongType = error.issues.find((issue) => WRONG_TYPE.test(issue.message));
  if (wrongType) return new SerializationException(wrongType.message);
  const usual = error.issues.filter(({ message }) => !message.startsWith(WHOLE));
  const [whole] = usual.length > 0 ? [] : error.issues;
  return new ValidationException(
    whole ? whole.message.slice(WHOLE.length) : validationMessage({ issues: usual }, input),
  );
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (value === null || typeof value !== "object") return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** `["Code", "S3Bucket"]` ─▶ `code.s3Bucket`; list positions count from 1, as `tags.1.member.key`. */
function awsPath(path: readonly PropertyKey[]): string {
  const parts = path.map((key) => (typeof key === "number" ? `${key + 1}.member` : lowerFirst(String(key))));
  return parts.join(".");
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** Members of an input that hold the value of a parameter or a secret. */
const SENSITIVE: ReadonlySet<string> = new Set(["Value", "SecretString", "SecretBinary"]);

/** AWS's messages never contain secrets. */
function isSensitive(path: readonly PropertyKey[]): boolean {
  return SENSITIVE.has(String(path[0])) || path.some((key) => key === "Environment" || key === "ZipFile");
}

/** Whether the numbers in the value are doubles (`constraints.ts`). */
function isDouble(issue: z.core.$ZodIssue): boolean {
  return issue.code === "custom" && issue.params?.["isDouble"] === true;
}

/** The value as Java prints it: `[a, b]`, `{k=v}`. */
function javaString(value: unknown, doubles: boolean): string {
  if (Array.isArray(value)) return `[${value.map((one) => javaString(one, doubles)).join(", ")}]`;
  if (value instanceof Uint8Array) return "[bytes]";
  if (value !== null && typeof value === "object") {
    return `{${Object.entries(value)
      .map(([key, member]) => `${key}=${javaString(member, doubles)}`)
      .join(", ")}}`;
  }
  return doubles && typeof value === "number" ? javaDouble(value) : String(value);
}
