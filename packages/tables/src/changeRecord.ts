import type { ChangeRecord } from "@hearth/store";
import type { Item } from "./attributeValue.ts";
import { equalValues } from "./comparison.ts";
import { itemBytes } from "./itemSize.ts";
import { encodeItem } from "./storedItem.ts";
import { keyNames, type StreamView, type Table } from "./table.ts";

/** Who has deleted an item whose time to live has ended. */
export const TIME_TO_LIVE = { type: "Service", principalId: "dynamodb.amazonaws.com" } as const;

/** An item in the form in which it is stored. */
export interface StoredImage {
  /** JSON text of `encodeItem`. */
  readonly item: string;
  /** As DynamoDB counts them. */
  readonly bytes: number;
}

export interface Change {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  /** `before` and `after` as they are stored. */
  readonly stored: { readonly before: StoredImage | undefined; readonly after: StoredImage | undefined };
  readonly isByTimeToLive?: boolean;
}

/** The record of a change; `undefined` when nothing has changed. */
export function changeRecord(
  table: Table,
  view: StreamView,
  { before, after, stored, isByTimeToLive }: Change,
  { eventID, nowMs }: { readonly eventID: string; readonly nowMs: number },
): ChangeRecord | undefined {
  const some = after ?? before;
  if (!some || (before && after && isSame(before, after, stored))) return undefined;
  const keys: Item = Object.fromEntries(
    keyNames(table.definition.key).flatMap((name) => (some[name] ? [[name, some[name]]] : [])),
  );
  const newImage = view === "NEW_IMAGE" || view === "NEW_AND_OLD_IMAGES" ? stored.after : undefined;
  const oldImage = view === "OLD_IMAGE" || view === "NEW_AND_OLD_IMAGES" ? stored.before : undefined;
  return {
    eventID,
    eventName: before ? (after ? "MODIFY" : "REMOVE") : "INSERT",
    ...(isByTimeToLive && { isByTimeToLive }),
    at: Math.floor(nowMs / 1000),
    SizeBytes: itemBytes(keys) + (newImage?.bytes ?? 0) + (oldImage?.bytes ?? 0),
    keys: encodeItem(keys),
    ...(newImage && { newImage: newImage.item }),
    ...(oldImage && { oldImage: oldImage.item }),
  };
}

/** Items that are the same have the same size, so most that differ need not be compared. */
function isSame(before: Item, after: Item, { before: old, after: now }: Change["stored"]): boolean {
  if (old?.item === now?.item) return true;
  return old?.bytes === now?.bytes && equalValues({ M: before }, { M: after });
}

/** The record as DynamoDB's streams, and functions, show it; images as they travel in JSON. */
export function shownRecord(
  record: ChangeRecord,
  {
    view,
    region,
    sequenceNumber,
  }: { readonly view: StreamView; readonly region: string; readonly sequenceNumber: string },
) {
  const parsed = (text: string): unknown => JSON.parse(text);
  return {
    eventID: record.eventID,
    eventName: record.eventName,
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: region,
    dynamodb: {
      ApproximateCreationDateTime: record.at,
      Keys: parsed(record.keys),
      ...(record.newImage !== undefined && { NewImage: parsed(record.newImage) }),
      ...(record.oldImage !== undefined && { OldImage: parsed(record.oldImage) }),
      SequenceNumber: sequenceNumber,
      SizeBytes: record.SizeBytes,
      StreamViewType: view,
    },
    ...(record.isByTimeToLive && { userIdentity: TIME_TO_LIVE }),
  };
}
