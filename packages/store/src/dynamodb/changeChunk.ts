import { ID_BYTES, joinChange } from "./changeRecord.ts";
import type { BlindDynamoWrite, RecordedIn } from "./dynamoWrite.ts";

// A chunk with records of changes of which only the statement that makes them knows what was replaced. The writer gives the beginning: a head for each record, and
// then the new items, if the stream shows them. The statement appends for each record what was replaced.

/** The first four bytes, which no chunk of other records has: they would be the length of a partition key. */
export const CHANGES = 0xffff_ffff;

/** What stands in place of the size of a replaced item, as DynamoDB counts it; then follow its length and its text. */
export const REPLACED = { nothing: -1, same: -2 } as const;
/** The length of an item that is not given, or not shown. */
export const ABSENT = -1;
/** Mark, number of records, seconds since the epoch, bytes of the heads, and of the items that follow them. */
const START_BYTES = 5 * 4;
/** Bytes of the partition, id, and four numbers: the sizes of the key and of the item as DynamoDB counts them, and the lengths of the texts of both. */
const HEAD_BYTES = 2 + ID_BYTES + 4 * 4;
/** The first 256 hexadecimal digits of a partition key name the partition. */
const MAX_PARTITION_BYTES = 128;

export interface GivenChanges {
  /** The beginning of the chunk, and the items, also where the chunk does not show them. */
  readonly data: Buffer;
  /** The length of the beginning. */
  readonly beginning: number;
  /** Where the text of each item begins in `data`, and its bytes. */
  readonly items: readonly { readonly start: number; readonly length: number }[];
}

/** What the writer gives of changes that one statement makes. */
export function encodeGiven(
  writes: readonly BlindDynamoWrite[],
  { at: seconds, hasNewImage }: Pick<RecordedIn, "at" | "hasNewImage">,
): GivenChanges {
  const lengths = writes.map(({ write, event }) => ({
    partition: Math.min(write.key.hash.length, MAX_PARTITION_BYTES),
    keys: Buffer.byteLength(event.keys),
    item: write.item === undefined ? ABSENT : Buffer.byteLength(write.item),
  }));
  const heads = lengths.reduce((sum, { partition, keys }) => sum + HEAD_BYTES + partition + keys, 0);
  const texts = lengths.reduce((sum, { item }) => sum + Math.max(item, 0), 0);
  const shown = hasNewImage ? texts : 0;
  const data = Buffer.allocUnsafe(START_BYTES + heads + texts);
  let head = 0;
  for (const number of [CHANGES, writes.length, seconds, heads, shown]) head = data.writeUInt32BE(number, head);
  let start = START_BYTES + heads;
  const items = writes.map(({ write, event }, at) => {
    const { partition, keys, item } = lengths[at] as (typeof lengths)[number];
    head = data.writeUInt16BE(partition, head);
    head += write.key.hash.copy(data, head, 0, partition);
    head += data.write(event.id, head, "hex");
    for (const number of [event.keyBytes, write.bytes ?? 0, keys, item]) head = data.writeInt32BE(number, head);
    head += data.write(event.keys, head);
    const place = { start, length: item };
    if (write.item !== undefined) start += data.write(write.item, start);
    return place;
  });
  return { data, beginning: START_BYTES + heads + shown, items };
}

export interface DecodedChange {
  /** Its place among the records of the chunk. */
  readonly index: number;
  readonly partitionKey: string;
  /** For `decodeChange`. */
  readonly data: Buffer;
}

/** The records of a chunk, without those of items that stayed as they were. */
export function decodeChanges(chunk: Buffer): DecodedChange[] {
  const [count, at, heads, shown] = [4, 8, 12, 16].map((place) => chunk.readUInt32BE(place)) as [
    number,
    number,
    number,
    number,
  ];
  const records: DecodedChange[] = [];
  let head = START_BYTES;
  let image = head + heads;
  let replaced = image + shown;
  const taken = (from: number, length: number): Buffer => chunk.subarray(from, from + length);
  for (let index = 0; index < count; index++) {
    const partition = taken(head + 2, chunk.readUInt16BE(head));
    const id = taken(head + 2 + partition.length, ID_BYTES);
    head += 2 + partition.length + ID_BYTES;
    const [keyBytes, newBytes, keysLength, itemLength] = [0, 4, 8, 12].map((place) =>
      chunk.readInt32BE(head + place),
    ) as [number, number, number, number];
    const keys = taken(head + 16, keysLength);
    head += 16 + keysLength;
    const newImage = shown > 0 && itemLength !== ABSENT ? taken(image, itemLength) : undefined;
    image += newImage?.length ?? 0;
    const oldBytes = chunk.readInt32BE(replaced);
    const oldLength = chunk.readInt32BE(replaced + 4);
    const oldImage = oldLength === ABSENT ? undefined : taken(replaced + 8, oldLength);
    replaced += 8 + (oldImage?.length ?? 0);
    const isDeleted = itemLength === ABSENT;
    if (oldBytes === REPLACED.same || (isDeleted && oldBytes === REPLACED.nothing)) continue;
    const data = joinChange({
      name: isDeleted ? "REMOVE" : oldBytes === REPLACED.nothing ? "INSERT" : "MODIFY",
      id,
      at,
      size: keyBytes + (newImage ? newBytes : 0) + (oldImage ? oldBytes : 0),
      keys,
      newImage,
      oldImage,
    });
    records.push({ index, partitionKey: partition.toString("hex"), data });
  }
  return records;
}
