import type { Clock, Random } from "@hearth/kit";
import { type BlindDynamoWrite, type DynamoKey, encodeChange, type RecordedIn, type Transaction } from "@hearth/store";
import type { Item } from "./attributeValue.ts";
import type { RoutedRecord, Stream, Streams } from "@hearth/streams";
import { type Change, changeRecord, TIME_TO_LIVE } from "./changeRecord.ts";
import { itemBytes } from "./itemSize.ts";
import { keyBytes } from "./keys.ts";
import { encodeItem } from "./storedItem.ts";
import { streamNameOf, type Table } from "./table.ts";

/** Writes changes of items into the table's stream, and into the streams of Kinesis that its owner has named. */
export class ChangeStreams {
  readonly #streams: Streams;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor({
    streams,
    clock,
    random,
  }: {
    readonly streams: Streams;
    readonly clock: Clock;
    readonly random: Random;
  }) {
    this.#streams = streams;
    this.#clock = clock;
    this.#random = random;
  }

  /** Whether changes of the table are written anywhere. */
  hasStream({ definition }: Table): boolean {
    return definition.stream?.isEnabled === true || (definition.kinesis?.length ?? 0) > 0;
  }

  /** Whether the statement that writes an item can make the record of its change, also one that has not looked at the item before. */
  takesBlindWrites({ definition }: Table): boolean {
    return definition.stream?.isEnabled === true && (definition.kinesis?.length ?? 0) === 0;
  }

  /** Writes the changes in the transaction that makes them. Resolves with what is to be called after the commit. */
  async write(tx: Transaction, table: Table, changes: readonly Change[]): Promise<() => void> {
    const written: (() => void)[] = [];
    const put = async (stream: Stream | undefined, records: readonly RoutedRecord[]): Promise<void> => {
      if (stream && records.length > 0) written.push(await this.#streams.putWithin(tx, stream, records));
    };
    const { stream, kinesis = [] } = table.definition;
    const { accountId, region, TableName } = table;
    if (stream?.isEnabled) {
      const own = await this.#streams.find({ accountId, region, StreamName: streamNameOf(TableName, stream.label) });
      await put(own, this.#records(table, stream.view, changes));
    }
    for (const { arn, precision } of kinesis.toSorted((a, b) => (a.arn < b.arn ? -1 : 1))) {
      await put(await this.#streams.findByArn(arn), this.#kinesisRecords(table, precision, changes));
    }
    return () => {
      for (const announce of written) announce();
    };
  }

  /**
   * The changes as records of one shard, for the statement that makes them; "nothing" when no item becomes another than it was, `undefined` when they need a
   * transaction.
   */
  async appendOf(
    table: Table,
    changes: readonly Change[],
  ): Promise<Awaited<ReturnType<Streams["appendOf"]>> | "nothing"> {
    const { stream, kinesis = [] } = table.definition;
    if (!stream?.isEnabled || kinesis.length > 0) return undefined;
    const { accountId, region, TableName } = table;
    const own = await this.#streams.find({ accountId, region, StreamName: streamNameOf(TableName, stream.label) });
    const records = this.#records(table, stream.view, changes);
    if (records.length === 0) return "nothing";
    return own && (await this.#streams.appendOf(own, records));
  }

  /** Where the statement that makes these changes is to write their records; `undefined` when they need a transaction. */
  async recordedIn(
    table: Table,
    keys: readonly DynamoKey[],
  ): Promise<{ readonly recorded: RecordedIn; readonly announce: () => void } | undefined> {
    const { stream } = table.definition;
    if (!stream || !this.takesBlindWrites(table)) return undefined;
    const { accountId, region, TableName } = table;
    const own = await this.#streams.find({ accountId, region, StreamName: streamNameOf(TableName, stream.label) });
    const found = own && (await this.#streams.placeOf(own, keys.map(partitionKeyOfBytes)));
    if (!found) return undefined;
    const hasNewImage = stream.view === "NEW_IMAGE" || stream.view === "NEW_AND_OLD_IMAGES";
    const hasOldImage = stream.view === "OLD_IMAGE" || stream.view === "NEW_AND_OLD_IMAGES";
    const at = Math.floor(this.#clock.now() / 1000);
    return { recorded: { place: found.place, at, hasNewImage, hasOldImage }, announce: found.announce };
  }

  /** What the record of a change of the item with this key says beside its images. */
  eventOf(key: Item): BlindDynamoWrite["event"] {
    return { id: this.#random.hex(16), keys: encodeItem(key), keyBytes: itemBytes(key) };
  }

  #records(
    table: Table,
    view: NonNullable<Table["definition"]["stream"]>["view"],
    changes: readonly Change[],
  ): readonly RoutedRecord[] {
    return changes.flatMap((change) => {
      const record = changeRecord(table, view, change, { eventID: this.#random.hex(16), nowMs: this.#clock.now() });
      return record ? [{ partitionKey: partitionKeyOf(table, change), data: encodeChange(record) }] : [];
    });
  }

  /** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html */
  #kinesisRecords(
    table: Table,
    precision: "MILLISECOND" | "MICROSECOND",
    changes: readonly Change[],
  ): readonly RoutedRecord[] {
    const nowMs = this.#clock.now();
    return changes.flatMap((change) => {
      const record = changeRecord(table, "NEW_AND_OLD_IMAGES", change, { eventID: this.#random.uuid(), nowMs });
      if (!record) return [];
      const parsed = (text: string): unknown => JSON.parse(text);
      const shown = {
        awsRegion: table.region,
        eventID: record.eventID,
        eventName: record.eventName,
        userIdentity: record.isByTimeToLive ? TIME_TO_LIVE : null,
        recordFormat: "application/json",
        tableName: table.TableName,
        dynamodb: {
          ApproximateCreationDateTime: precision === "MICROSECOND" ? nowMs * 1000 : nowMs,
          ApproximateCreationDateTimePrecision: precision,
          Keys: parsed(record.keys),
          ...(record.newImage !== undefined && { NewImage: parsed(record.newImage) }),
          ...(record.oldImage !== undefined && { OldImage: parsed(record.oldImage) }),
          SizeBytes: record.SizeBytes,
        },
        eventSource: "aws:dynamodb",
      };
      return [{ partitionKey: partitionKeyOf(table, change), data: Buffer.from(JSON.stringify(shown)) }];
    });
  }
}

/** All changes of the items of one partition key go to one shard. */
function partitionKeyOf({ definition }: Table, { before, after }: Change): string {
  const value = (after ?? before)?.[definition.key.hash.name];
  return value ? partitionKeyOfBytes({ hash: keyBytes(value) }) : "-";
}

function partitionKeyOfBytes({ hash }: Pick<DynamoKey, "hash">): string {
  return hash.toString("hex").slice(0, 256);
}
