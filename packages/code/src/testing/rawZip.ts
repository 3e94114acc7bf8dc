import { crc32, deflateRawSync } from "node:zlib";

/** One entry of an archive made byte by byte, so that it may lie. What is not given is as an honest tool would write it. */
export interface RawEntry {
  readonly name: string | Uint8Array;
  readonly content?: string | Uint8Array;
  readonly stored?: boolean;
  /** Unix mode with the file type; absent: as made on MS-DOS. */
  readonly mode?: number;
  readonly flags?: number;
  readonly method?: number;
  readonly crc?: number;
  readonly compressedSize?: number;
  readonly uncompressedSize?: number;
  /** Where its local header is said to be. */
  readonly offset?: number;
  readonly extra?: Uint8Array;
  readonly comment?: Uint8Array;
  /** Of the local header alone. */
  readonly localName?: string;
  readonly localUncompressedSize?: number;
  /** Sizes and offset in a zip64 field of the central directory. */
  readonly zip64?: { readonly uncompressed: bigint; readonly compressed: bigint; readonly offset?: bigint };
  /** It has no local header or data of its own: another's are used. */
  readonly withoutData?: boolean;
}

export interface RawEnd {
  readonly entryCount?: number;
  readonly directoryOffset?: number;
  /** A zip64 end record: what it says of the directory, and where it is said to be. */
  readonly zip64?: {
    readonly entryCount?: bigint;
    readonly directoryOffset?: bigint;
    readonly recordOffset?: bigint;
  };
  readonly prepended?: Uint8Array;
  readonly appended?: Uint8Array;
}

const LARGE = 0xffff_ffff;

/** https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
export function rawZip(entries: readonly RawEntry[], end: RawEnd = {}): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const content = Buffer.from(entry.content ?? "");
    const data = entry.stored ? content : deflateRawSync(content);
    const name = Buffer.from(entry.name);
    const at = offset;
    const common = Buffer.alloc(22);
    common.writeUInt16LE(entry.zip64 ? 45 : 20, 0);
    common.writeUInt16LE(entry.flags ?? 0x800, 2);
    common.writeUInt16LE(entry.method ?? (entry.stored ? 0 : 8), 4);
    common.writeUInt32LE(0x5c21_0000, 6);
    common.writeUInt32LE(entry.crc ?? crc32(content), 10);
    common.writeUInt32LE(entry.zip64 ? LARGE : (entry.compressedSize ?? data.length), 14);
    common.writeUInt32LE(entry.zip64 ? LARGE : (entry.uncompressedSize ?? content.length), 18);
    if (!entry.withoutData) {
      const localName = entry.localName === undefined ? name : Buffer.from(entry.localName);
      const header = Buffer.concat([Buffer.from("PK\u0003\u0004"), common, Buffer.alloc(4)]);
      if (entry.localUncompressedSize !== undefined) header.writeUInt32LE(entry.localUncompressedSize, 22);
      header.writeUInt16LE(localName.length, 26);
      local.push(header, localName, data);
      offset += header.length + localName.length + data.length;
    }
    const extra = Buffer.concat([zip64Field(entry), Buffer.from(entry.extra ?? [])]);
    const comment = Buffer.from(entry.comment ?? []);
    const tail = Buffer.alloc(16);
    tail.writeUInt16LE(extra.length, 0);
    tail.writeUInt16LE(comment.length, 2);
    tail.writeUInt32LE(((entry.mode ?? 0) << 16) >>> 0, 8);
    tail.writeUInt32LE(entry.zip64?.offset === undefined ? (entry.offset ?? at) : LARGE, 12);
    const madeBy = Buffer.from([entry.zip64 ? 45 : 20, entry.mode === undefined ? 0 : 3]);
    const length = Buffer.alloc(2);
    length.writeUInt16LE(name.length, 0);
    central.push(Buffer.from("PK\u0001\u0002"), madeBy, common, length, tail, name, extra, comment);
  }
  const directory = Buffer.concat(central);
  const prepended = Buffer.from(end.prepended ?? []);
  return Buffer.concat([
    prepended,
    ...local,
    directory,
    endRecords(entries.length, offset, directory.length, end),
    Buffer.from(end.appended ?? []),
  ]);
}

function zip64Field({ zip64 }: RawEntry): Buffer {
  if (!zip64) return Buffer.alloc(0);
  const values = [zip64.uncompressed, zip64.compressed, ...(zip64.offset === undefined ? [] : [zip64.offset])];
  const field = Buffer.alloc(4 + values.length * 8);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(values.length * 8, 2);
  values.forEach((value, index) => field.writeBigUInt64LE(value, 4 + index * 8));
  return field;
}

function endRecords(count: number, offset: number, size: number, end: RawEnd): Buffer {
  const record = Buffer.alloc(22);
  record.write("PK\u0005\u0006", "latin1");
  record.writeUInt16LE(Math.min(end.entryCount ?? count, 0xffff), 8);
  record.writeUInt16LE(Math.min(end.entryCount ?? count, 0xffff), 10);
  record.writeUInt32LE(size, 12);
  record.writeUInt32LE(end.directoryOffset ?? offset, 16);
  if (!end.zip64) return record;
  const wide = Buffer.alloc(56 + 20);
  wide.write("PK\u0006\u0006", "latin1");
  wide.writeBigUInt64LE(44n, 4);
  wide.writeUInt16LE(45, 12);
  wide.writeUInt16LE(45, 14);
  wide.writeBigUInt64LE(end.zip64.entryCount ?? BigInt(count), 24);
  wide.writeBigUInt64LE(end.zip64.entryCount ?? BigInt(count), 32);
  wide.writeBigUInt64LE(BigInt(size), 40);
  wide.writeBigUInt64LE(end.zip64.directoryOffset ?? BigInt(offset), 48);
  wide.write("PK\u0006\u0007", 56, "latin1");
  wide.writeBigUInt64LE(end.zip64.recordOffset ?? BigInt(offset + size), 64);
  wide.writeUInt32LE(1, 72);
  return Buffer.concat([wide, record]);
}
