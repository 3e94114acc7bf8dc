import { arn } from "@hearth/model";
import type { DynamoTableKey, DynamoTableRecord } from "@hearth/store";

export type KeyType = "S" | "N" | "B";

/** An attribute that is part of a key. */
export interface KeyAttribute {
  readonly name: string;
  readonly type: KeyType;
}

export interface KeySchema {
  readonly hash: KeyAttribute;
  readonly range?: KeyAttribute;
}

export interface Projection {
  readonly ProjectionType: "ALL" | "KEYS_ONLY" | "INCLUDE";
  readonly NonKeyAttributes?: readonly string[];
}

export interface Throughput {
  readonly ReadCapacityUnits: number;
  readonly WriteCapacityUnits: number;
}

export interface IndexDefinition {
  readonly id: string;
  readonly name: string;
  readonly isGlobal: boolean;
  readonly key: KeySchema;
  readonly projection: Projection;
  /** CREATING while items that were there before are added to it. */
  readonly status: "CREATING" | "ACTIVE";
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly throughput?: Throughput;
  readonly onDemandThroughput?: object;
}

export type StreamView = "NEW_IMAGE" | "OLD_IMAGE" | "NEW_AND_OLD_IMAGES" | "KEYS_ONLY";

/** What a stream notes of its table, which may be deleted before the stream is. */
export interface StreamNotes {
  readonly view: StreamView;
  readonly key: KeySchema;
}

export interface TableDefinition {
  readonly key: KeySchema;
  /** All attributes that were defined, in the order of the request. */
  readonly attributes: readonly KeyAttribute[];
  readonly indexes: readonly IndexDefinition[];
  readonly billing: "PROVISIONED" | "PAY_PER_REQUEST";
  readonly throughput: Throughput;
  /** The stream that is written, and the label of the last one. */
  readonly stream?: { readonly view: StreamView; readonly label: string; readonly isEnabled: boolean };
  readonly timeToLive?: string;
  readonly isDeletionProtected: boolean;
  readonly tableClass?: string;
  /** As the owner has set it; kept and shown. */
  readonly encryption?: { readonly SSEType?: string; readonly KMSMasterKeyId?: string };
  readonly onDemandThroughput?: object;
  /** Streams of Kinesis that get the changes too. */
  readonly kinesis?: readonly { readonly arn: string; readonly precision: "MILLISECOND" | "MICROSECOND" }[];
}

export interface Table extends DynamoTableRecord<TableDefinition> {
  readonly arn: string;
}

export function tableArn({ accountId, region, TableName }: DynamoTableKey): string {
  return arn({ service: "dynamodb", region, accountId, resource: `table/${TableName}` });
}

const ARN =
  /^arn:aws[a-z-]*:dynamodb:([a-z0-9-]+):(\d{12}):table\/([a-zA-Z0-9_.-]{1,255})(?:\/(index|stream)\/([a-zA-Z0-9_.:-]{1,255}))?$/;

export interface NamedInTable {
  readonly table: DynamoTableKey;
  readonly index?: string;
  /** The label of a stream. */
  readonly stream?: string;
}

/** The table, index or stream that an ARN names; `undefined` when it is no ARN of one. */
export function parseTableArn(text: string): NamedInTable | undefined {
  const [, region, accountId, TableName, kind, name] = ARN.exec(text) ?? [];
  if (!region || !accountId || !TableName) return undefined;
  const table = { region, accountId, TableName };
  if (kind === undefined || name === undefined) return { table };
  return kind === "index" ? { table, index: name } : { table, stream: name };
}

/** The name of the stream below the API of Kinesis, which allows no such name. */
export function streamNameOf(TableName: string, label: string): string {
  return `table/${TableName}/stream/${label}`;
}

/** The inverse of `streamNameOf`. */
export function parseStreamName(name: string): { readonly TableName: string; readonly label: string } {
  const [, TableName = "", , label = ""] = name.split("/");
  return { TableName, label };
}

export function streamArnOf(table: DynamoTableKey, label: string): string {
  return `${tableArn(table)}/stream/${label}`;
}

/** The names of the attributes of a key, the partition key first. */
export function keyNames({ hash, range }: KeySchema): readonly string[] {
  return range ? [hash.name, range.name] : [hash.name];
}
