import { type Input, type Question, type Questions, textOf } from "@hearth/access";
import { parseStreamArn, streamArn } from "@hearth/streams";
import { parseTableArn, tableArn } from "@hearth/tables";

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html */
export const questions: Questions = ({ operation, input, accountId, region }) => {
  const about = (TableName: string, action: string, parts: readonly Input[], rest = ""): Question => {
    const named = parseTableArn(TableName);
    const table = named?.table ?? { accountId, region, TableName };
    const stream = named?.stream === undefined ? "" : `/stream/${named.stream}`;
    return {
      action: `dynamodb:${action}`,
      // Not the ARN as it was given: with another partition it would name the same table, and no policy would match it.
      resources: [`${tableArn(table)}${stream}${rest}`],
      accountId: table.accountId,
      asksResource: true,
      parts,
    };
  };
  const enclosed = (question: Question): Question => ({
    ...question,
    keys: (key) => (key === "dynamodb:enclosingoperation" ? [operation] : undefined),
  });
  switch (operation) {
    case "BatchGetItem":
    case "BatchWriteItem": {
      const { ReturnConsumedCapacity } = input;
      return Object.entries((input["RequestItems"] as Readonly<Record<string, object>> | undefined) ?? {}).map(
        ([name, request]) =>
          about(name, operation, [
            { ReturnConsumedCapacity, ...(Array.isArray(request) ? { Writes: request as unknown[] } : request) },
          ]),
      );
    }
    case "TransactGetItems":
      return distinct(partsOf(input).map(({ Get }) => enclosed(about(tableOf(Get), "GetItem", [inputOf(Get)]))));
    case "TransactWriteItems":
      return distinct(
        partsOf(input).flatMap((part) =>
          Object.entries(part).map(([kind, value]) =>
            enclosed(about(tableOf(value), TRANSACT_ACTIONS[kind] ?? kind, [inputOf(value)])),
          ),
        ),
      );
  }
  const StreamArn = textOf(input, "StreamArn");
  const iterator = textOf(input, "ShardIterator");
  if (OF_STREAMS.has(operation)) {
    const arn = StreamArn ?? iterator?.split("|")[0];
    if (arn !== undefined) return [about(arn, operation, [])];
  }
  const TableName = textOf(input, "TableName") ?? textOf(input, "ResourceArn");
  if (TableName === undefined) return [{ action: `dynamodb:${operation}`, resources: ["*"], accountId }];
  if (operation === "EnableKinesisStreamingDestination") {
    // The table writes in the caller's name: who may change the table may not therefore write to every stream.
    return [about(TableName, operation, []), ...writeQuestions(StreamArn)];
  }
  const IndexName = textOf(input, "IndexName");
  return [about(TableName, operation, [input], IndexName === undefined ? "" : `/index/${IndexName}`)];
};

/** The operations on items of one table that are called most. */
const WARM: ReadonlySet<string> = new Set(["DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"]);

/** The key under which decisions on these operations are remembered: the table and the index as the caller wrote them; no name of an index has a space. */
export function warmKey(operation: string, input: Input): string | undefined {
  if (!WARM.has(operation)) return undefined;
  return `${operation} ${textOf(input, "IndexName") ?? ""} ${textOf(input, "TableName") ?? ""}`;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds_gettingstarted.html */
function writeQuestions(StreamArn = ""): readonly Question[] {
  const stream = parseStreamArn(StreamArn);
  if (!stream) return [];
  const resources = [streamArn(stream)] as const;
  return ["kinesis:DescribeStream", "kinesis:PutRecord", "kinesis:PutRecords"].map((action) => ({
    action,
    resources,
    accountId: stream.accountId,
  }));
}

const OF_STREAMS: ReadonlySet<string> = new Set(["DescribeStream", "GetRecords", "GetShardIterator"]);

const TRANSACT_ACTIONS: Readonly<Record<string, string>> = {
  ConditionCheck: "ConditionCheckItem",
  Delete: "DeleteItem",
  Put: "PutItem",
  Update: "UpdateItem",
};

function partsOf(input: Input): readonly Readonly<Record<string, unknown>>[] {
  return (input["TransactItems"] as readonly Readonly<Record<string, unknown>>[] | undefined) ?? [];
}

function inputOf(part: unknown): Input {
  return (part ?? {}) as Input;
}

function tableOf(part: unknown): string {
  return textOf(inputOf(part), "TableName") ?? "";
}

/** One question for each action and table, about all parts that have both. */
function distinct(questions: readonly Question[]): readonly Question[] {
  const groups = Map.groupBy(questions, ({ action, resources }) => `${action} ${resources[0]}`);
  return [...groups.values()].map((same) => ({
    ...(same[0] as Question),
    parts: same.flatMap(({ parts = [] }) => parts),
  }));
}
