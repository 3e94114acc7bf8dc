/** A change of an item, as a stream has it; without its sequence number, which follows from its place. */
export interface ChangeRecord {
  /** 32 hexadecimal digits. */
  readonly eventID: string;
  readonly eventName: "INSERT" | "MODIFY" | "REMOVE";
  /** Whether the item was deleted because its time to live ended. */
  readonly isByTimeToLive?: boolean;
  /** Seconds since the epoch. */
  readonly at: number;
  /** As DynamoDB counts them. */
  readonly SizeBytes: number;
  /** JSON, as items are stored; so are the images. */
  readonly keys: string;
  readonly newImage?: string;
  readonly oldImage?: string;
}

/** What a record is made of, with its texts in UTF-8. */
export interface ChangeParts {
  readonly name: ChangeRecord["eventName"];
  readonly isByTimeToLive?: boolean;
  readonly id: Buffer;
  readonly at: number;
  readonly size: number;
  readonly keys: Buffer;
  readonly newImage: Buffer | undefined;
  readonly oldImage: Buffer | undefined;
}

const FORMAT = 1;
const NAMES = ["INSERT", "MODIFY", "REMOVE"] as const;
const FLAGS = { isByTimeToLive: 1, hasNewImage: 2, hasOldImage: 4 };
export const ID_BYTES = 16;
/** Format, name, flags, id, and five numbers of four bytes: time, size, and the lengths of the keys, of the new and of the old image. */
const HEAD_BYTES = 3 + ID_BYTES + 5 * 4;

/** The record as bytes. */
export function encodeChange(record: ChangeRecord): Buffer {
  const image = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text));
  return joinChange({
    name: record.eventName,
    isByTimeToLive: record.isByTimeToLive === true,
    id: Buffer.from(record.eventID, "hex"),
    at: record.at,
    size: record.SizeBytes,
    keys: Buffer.from(record.keys),
    newImage: image(record.newImage),
    oldImage: image(record.oldImage),
  });
}

export function joinChange({ name, isByTimeToLive, id, at, size, keys, newImage, oldImage }: ChangeParts): Buffer {
  const lengths = [keys.length, newImage?.length ?? 0, oldImage?.length ?? 0] as const;
  const data = Buffer.allocUnsafe(HEAD_BYTES + lengths[0] + lengths[1] + lengths[2]);
  data[0] = FORMAT;
  data[1] = NAMES.indexOf(name);
  data[2] =
    (isByTimeToLive === true ? FLAGS.isByTimeToLive : 0) |
    (newImage ? FLAGS.hasNewImage : 0) |
    (oldImage ? FLAGS.hasOldImage : 0);
  data.set(id, 3);
  let end = 3 + ID_BYTES;
  for (const number of [at, size, ...lengths]) end = data.writeUInt32BE(number, end);
  for (const text of [keys, newImage, oldImage]) {
    if (!text) continue;
    data.set(text, end);
    end += text.length;
  }
  return data;
}

/** The inverse of `encodeChange`. Also reads the JSON that earlier versions wrote. */
export function decodeChange(bytes: Uint8Array): ChangeRecord {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (data[0] !== FORMAT) return fromJson(data.toString());
  const flags = data.readUInt8(2);
  const numberAt = (index: number) => data.readUInt32BE(3 + ID_BYTES + 4 * index);
  let end = HEAD_BYTES;
  const text = (length: number): string => data.toString("utf8", end, (end += length));
  const keys = text(numberAt(2));
  const newImage = text(numberAt(3));
  const oldImage = text(numberAt(4));
  return {
    eventID: data.toString("hex", 3, 3 + ID_BYTES),
    eventName: NAMES[data.readUInt8(1)] ?? "MODIFY",
    ...(flags & FLAGS.isByTimeToLive && { isByTimeToLive: true }),
    at: numberAt(0),
    SizeBytes: numberAt(1),
    keys,
    ...(flags & FLAGS.hasNewImage && { newImage }),
    ...(flags & FLAGS.hasOldImage && { oldImage }),
  };
}

function fromJson(text: string): ChangeRecord {
  const { userIdentity, ...record } = JSON.parse(text) as ChangeRecord & { readonly userIdentity?: object };
  return { ...record, ...(userIdentity && { isByTimeToLive: true }) };
}
