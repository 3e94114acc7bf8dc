import {
  BatchEntryIdsNotDistinctException,
  EmptyBatchRequestException,
  InvalidBatchEntryIdException,
  TooManyEntriesInBatchRequestException,
} from "./errors.ts";

const MAX_ENTRIES = 10;

/** Throws AWS's error for a batch that is refused as a whole. */
export function checkBatch<Entry extends { readonly Id?: string | undefined }>(
  entries: readonly Entry[] = [],
): readonly (Entry & { readonly Id: string })[] {
  if (entries.length === 0) throw new EmptyBatchRequestException();
  if (entries.length > MAX_ENTRIES) throw new TooManyEntriesInBatchRequestException();
  const ids = new Set<string>();
  return entries.map((entry) => {
    const { Id = "" } = entry;
    if (!/^[\w-]{1,80}$/.test(Id)) throw new InvalidBatchEntryIdException();
    if (ids.has(Id)) throw new BatchEntryIdsNotDistinctException();
    ids.add(Id);
    return { ...entry, Id };
  });
}
