import { AwsError } from "@hearth/model";
import {
  BatchEntryIdsNotDistinct,
  EmptyBatchRequest,
  InvalidBatchEntryId,
  missingParameter,
  QUERY_ERRORS,
  TooManyEntriesInBatchRequest,
} from "./errors.ts";

const MAX_ENTRIES = 10;

export const BATCH_ERRORS = [
  BatchEntryIdsNotDistinct,
  EmptyBatchRequest,
  InvalidBatchEntryId,
  TooManyEntriesInBatchRequest,
];

interface Entry {
  readonly Id?: string | undefined;
}

/** Throws AWS's error for a batch that is refused as a whole. `name` is that of an entry in the query protocol. */
export function checkBatch<One extends Entry>(
  entries: readonly One[] | undefined,
  name: string,
): readonly (One & { readonly Id: string })[] {
  if (!entries || entries.length === 0) throw new EmptyBatchRequest(name);
  if (entries.length > MAX_ENTRIES) {
    throw new TooManyEntriesInBatchRequest(
      `Maximum number of entries per request are ${MAX_ENTRIES}. You have sent ${entries.length}.`,
    );
  }
  const ids = new Set<string>();
  return entries.map((entry, at) => {
    const { Id } = entry;
    if (Id === undefined) throw missingParameter(`${name}.${at + 1}.Id`);
    if (!/^[\w-]{1,80}$/.test(Id)) {
      throw new InvalidBatchEntryId(
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
      );
    }
    if (ids.has(Id)) throw new BatchEntryIdsNotDistinct(`Id ${Id} repeated.`);
    ids.add(Id);
    return { ...entry, Id };
  });
}

interface FailedEntry {
  readonly Id: string;
  readonly SenderFault: boolean;
  readonly Code: string;
  readonly Message: string;
}

/** Does every entry by itself: one that is refused fails alone. */
export async function eachOf<One extends { readonly Id: string }, Result extends object>(
  entries: readonly One[],
  run: (entry: One) => Promise<Result>,
): Promise<{ readonly Successful: readonly (Result & { Id: string })[]; readonly Failed?: readonly FailedEntry[] }> {
  const Successful: (Result & { Id: string })[] = [];
  const Failed: FailedEntry[] = [];
  const outcomes = await Promise.allSettled(entries.map(run));
  outcomes.forEach((outcome, at) => {
    const Id = entries[at]?.Id ?? "";
    if (outcome.status === "fulfilled") Successful.push({ Id, ...outcome.value });
    else if (outcome.reason instanceof AwsError) Failed.push(failure(Id, outcome.reason));
    else throw outcome.reason;
  });
  return { Successful, ...(Failed.length > 0 && { Failed }) };
}

function failure(Id: string, { code, fault, message }: AwsError): FailedEntry {
  return { Id, SenderFault: fault === "client", Code: QUERY_ERRORS[code] ?? code, Message: message };
}
