import { parsedJson } from "@hearth/kit";

/**
 * What a function's answer says about its batch, where ReportBatchItemFailures is on: nothing failed, all failed, or these records failed.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
export type BatchFailures =
  | { readonly kind: "none" }
  | { readonly kind: "all"; readonly reason: string }
  | { readonly kind: "some"; readonly ids: ReadonlySet<string> };

const NONE: BatchFailures = { kind: "none" };

/** `known` are the ids of the batch. `idOf` finds the id that an `itemIdentifier` means, where that is not a text. */
export function batchFailures(
  answer: Uint8Array,
  known: ReadonlySet<string>,
  idOf: (itemIdentifier: unknown) => unknown = (itemIdentifier) => itemIdentifier,
): BatchFailures {
  if (!answer.some((byte) => byte > 0x20)) return NONE;
  const parsed = parsedJson(answer);
  if (parsed === undefined) return all("the answer is not JSON");
  if (parsed === null) return NONE;
  if (typeof parsed !== "object" || Array.isArray(parsed)) return all("the answer is not an object");
  const failures = (parsed as Readonly<Record<string, unknown>>)["batchItemFailures"];
  if (failures === undefined || failures === null) return NONE;
  if (!Array.isArray(failures)) return all("batchItemFailures is not a list");
  if (failures.length === 0) return NONE;
  const ids = new Set<string>();
  for (const failure of failures as readonly unknown[]) {
    const id = isObject(failure) ? idOf(failure["itemIdentifier"]) : undefined;
    if (typeof id !== "string" || id === "") return all("an itemIdentifier is empty or missing");
    if (!known.has(id)) return all(`no record of the batch has the itemIdentifier ${id}`);
    ids.add(id);
  }
  return { kind: "some", ids };
}

function all(reason: string): BatchFailures {
  return { kind: "all", reason };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
