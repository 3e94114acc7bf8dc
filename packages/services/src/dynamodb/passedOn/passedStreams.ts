import { timingSafeEqual } from "node:crypto";
import { structure, text } from "@hearth/model";
import type { PassedTableRecord } from "@hearth/store";
import {
  parsedAnswer,
  parseTableArn,
  type PassedTables,
  ServerNames,
  streamArnOf,
  TableServerError,
} from "@hearth/tables";
import { operation, type RequestContext } from "@hearth/wire";
import { STREAMS_TARGET } from "../changeStream.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { tableKey } from "../findTable.ts";
import { describeStream } from "../operations/describeStream.ts";
import { getRecords } from "../operations/getRecords.ts";
import { getShardIterator } from "../operations/getShardIterator.ts";
import { listStreams } from "../operations/listStreams.ts";
import { translatingErrors } from "./namedTables.ts";
import type { PassedDeps } from "./passedDeps.ts";

type Members = Readonly<Record<string, unknown>>;
type Where = Pick<RequestContext, "accountId" | "region">;
const errors = [TableServerError, ResourceNotFoundException];

interface PassedStream {
  readonly table: PassedTableRecord;
  readonly label: string;
  readonly serverArn: string;
  readonly names: ServerNames;
}

/** The stream of an ARN. Throws AWS's error unless its table belongs to the account. */
async function findStream(tables: PassedTables, where: Where, StreamArn: string): Promise<PassedStream> {
  const missing = new ResourceNotFoundException(`Requested resource not found: Stream: ${StreamArn} not found`);
  const named = parseTableArn(StreamArn);
  if (named?.stream === undefined) throw missing;
  if (named.table.accountId !== where.accountId || named.table.region !== where.region) throw missing;
  const table = await tables.find(named.table);
  if (!table) throw missing;
  const names = new ServerNames();
  names.add(table);
  const serverArn = await translatingErrors(names, async () => await tables.serverArn(table));
  return { table, label: named.stream, serverArn: `${serverArn}/stream/${named.stream}`, names };
}

async function ask(
  tables: PassedTables,
  { names }: PassedStream,
  operationName: string,
  body: Members,
): Promise<Members> {
  return await translatingErrors(names, async () =>
    parsedAnswer(await tables.server.send(operationName, Buffer.from(JSON.stringify(body)), STREAMS_TARGET)),
  );
}

export const describePassedStream = operation({
  name: "DescribeStream",
  targetPrefix: STREAMS_TARGET,
  input: describeStream.input,
  errors,
  async handle(input, context, { tables }: PassedDeps) {
    const stream = await findStream(tables, context, input.StreamArn);
    const answer = await ask(tables, stream, "DescribeStream", { ...input, StreamArn: stream.serverArn });
    const { StreamDescription } = answer as { readonly StreamDescription?: Members };
    const { TableName } = stream.table;
    return { StreamDescription: { ...StreamDescription, StreamArn: input.StreamArn, TableName } };
  },
});

export const getPassedShardIterator = operation({
  name: "GetShardIterator",
  targetPrefix: STREAMS_TARGET,
  input: getShardIterator.input,
  errors,
  async handle(input, context, { tables, prove }: PassedDeps) {
    const stream = await findStream(tables, context, input.StreamArn);
    const answer = await ask(tables, stream, "GetShardIterator", { ...input, StreamArn: stream.serverArn });
    return { ShardIterator: sealed(streamArnOf(stream.table, stream.label), String(answer["ShardIterator"]), prove) };
  },
});

export const getPassedRecords = operation({
  ...getRecords,
  // The server's own iterator is in it.
  input: structure({ ...getRecords.input.shape, ShardIterator: text({ min: 1, max: 16_384 }) }),
  errors,
  async handle({ ShardIterator, Limit }, context, { tables, prove }: PassedDeps) {
    const { arn, inner } = unsealed(ShardIterator, prove);
    const stream = await findStream(tables, context, arn);
    const body = { ShardIterator: inner, ...(Limit !== undefined && { Limit }) };
    const { Records, NextShardIterator } = await ask(tables, stream, "GetRecords", body);
    const { region } = stream.table;
    return {
      Records: (Array.isArray(Records) ? Records : []).map((record: Members) => ({ ...record, awsRegion: region })),
      ...(typeof NextShardIterator === "string" && { NextShardIterator: sealed(arn, NextShardIterator, prove) }),
    };
  },
});

/** Iterators are the server's own, and no account may use one for a stream of another account. So they carry the ARN of the stream and a proof that Hearth wrote it. */
function sealed(arn: string, inner: string, prove: PassedDeps["prove"]): string {
  return `${arn}|1|${Buffer.from(inner).toString("base64url")}.${prove("iterator", `${arn}\n${inner}`)}`;
}

function unsealed(iterator: string, prove: PassedDeps["prove"]): { readonly arn: string; readonly inner: string } {
  const [arn = "", , rest = ""] = iterator.split("|");
  const [encoded = "", proof = ""] = rest.split(".");
  const inner = Buffer.from(encoded, "base64url").toString();
  const [given, wanted] = [Buffer.from(proof), Buffer.from(prove("iterator", `${arn}\n${inner}`))];
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    throw new ResourceNotFoundException("Invalid ShardIterator");
  }
  return { arn, inner };
}

const PAGE = 100;
/** So many pages of the server's streams are read for one list. */
const MAX_PAGES = 200;

export const listPassedStreams = operation({
  ...listStreams,
  errors,
  async handle(input, context, { tables }: PassedDeps) {
    const limit = Math.min(input.Limit ?? PAGE, PAGE);
    const owned = await ownedNames(tables, context, input.TableName);
    const [only] = owned.keys();
    if (only === undefined) return { Streams: [] };
    const all = (await streamsOnServer(tables, { TableName: input.TableName === undefined ? undefined : only }))
      .flatMap(({ TableName: serverName, StreamLabel }) => {
        const TableName = owned.get(serverName);
        if (TableName === undefined) return [];
        const { accountId, region } = context;
        return [{ StreamArn: streamArnOf({ accountId, region, TableName }, StreamLabel), TableName, StreamLabel }];
      })
      .filter(({ StreamArn }) => StreamArn > (input.ExclusiveStartStreamArn ?? ""))
      .toSorted((a, b) => (a.StreamArn < b.StreamArn ? -1 : 1));
    const shown = all.slice(0, limit);
    const last = shown.at(-1);
    return { Streams: shown, ...(all.length > limit && last && { LastEvaluatedStreamArn: last.StreamArn }) };
  },
});

/** The account's tables, or the one that is asked for, by their names on the server. */
async function ownedNames(
  tables: PassedTables,
  where: Where,
  TableName: string | undefined,
): Promise<ReadonlyMap<string, string>> {
  if (TableName === undefined) return await tables.owned(where);
  const table = await tables.find(tableKey(where, TableName));
  return new Map(table ? [[table.serverName, table.TableName]] : []);
}

async function streamsOnServer(
  { server }: PassedTables,
  { TableName }: { readonly TableName?: string | undefined },
): Promise<readonly { readonly TableName: string; readonly StreamLabel: string }[]> {
  const all: { readonly TableName: string; readonly StreamLabel: string }[] = [];
  let after: unknown;
  for (let page = 0; page < MAX_PAGES; page++) {
    const body = { Limit: PAGE, TableName, ...(after !== undefined && { ExclusiveStartStreamArn: after }) };
    const answer = await server.call("ListStreams", body, STREAMS_TARGET);
    if (Array.isArray(answer["Streams"])) all.push(...answer["Streams"]);
    after = answer["LastEvaluatedStreamArn"];
    if (typeof after !== "string") break;
  }
  return all;
}
