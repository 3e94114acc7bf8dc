import { createHash } from "node:crypto";
import { structure } from "@hearth/model";
import { parsedAnswer, TableServerError } from "@hearth/tables";
import { type AnyOperation, operation, Reply, type RequestContext } from "@hearth/wire";
import { z } from "zod";
import type { DynamoDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { byCaller } from "../findTable.ts";
import * as words from "../words.ts";
import { NamedTables, translatedAnswer, translatingErrors } from "./namedTables.ts";
import type { PassedDeps } from "./passedDeps.ts";

type Members = Readonly<Record<string, unknown>>;
type Hosted = AnyOperation<DynamoDeps>;

const JSON_TYPE = { "Content-Type": "application/x-amz-json-1.0" };
const WRITES: ReadonlySet<string> = new Set(["ConditionCheck", "Put", "Delete", "Update"]);
const READS: ReadonlySet<string> = new Set(["Get"]);

/** An operation on one table whose request is sent on as it is, but for the table's name. What Hearth does not know of it is left out, because it could name another. */
export function passedOn(hosted: Hosted): AnyOperation<PassedDeps> {
  return forwarding(hosted, { TableName: words.TableName }, async (input, context, tables) => {
    const named = new NamedTables(tables, context);
    return { named, body: { ...input, TableName: await named.serverName(String(input["TableName"])) } };
  });
}

/** An operation on the tables that are the keys of `RequestItems`. */
export function passedBatch(hosted: Hosted): AnyOperation<PassedDeps> {
  return forwarding(hosted, { RequestItems: z.record(z.string(), z.unknown()) }, async (input, context, tables) => {
    const named = new NamedTables(tables, byCaller(context));
    return { named, body: { ...input, RequestItems: await named.keys(input["RequestItems"] as Members) } };
  });
}

/** An operation on the tables that its `TransactItems` name. */
export function passedTransaction(hosted: Hosted, kinds: "reads" | "writes"): AnyOperation<PassedDeps> {
  const Part = z.looseObject({ TableName: words.TableName });
  const TransactItems = z.array(z.record(z.string(), Part)).min(1).max(100);
  return forwarding(hosted, { TransactItems }, async (input, context, tables) => {
    const named = new NamedTables(tables, byCaller(context));
    const parts = input["TransactItems"] as readonly Readonly<Record<string, Members>>[];
    const token = input["ClientRequestToken"];
    const body = {
      ...input,
      TransactItems: await named.parts(parts, kinds === "reads" ? READS : WRITES),
      ...(typeof token === "string" && { ClientRequestToken: tokenOf(byCaller(context), token) }),
    };
    return { named, body };
  });
}

function forwarding(
  hosted: Hosted,
  names: Readonly<Record<string, z.ZodType>>,
  prepare: (
    input: Members,
    context: RequestContext,
    tables: PassedDeps["tables"],
  ) => Promise<{ readonly named: NamedTables; readonly body: Members }>,
): AnyOperation<PassedDeps> {
  const { output: _output, ...declared } = hosted;
  return operation({
    ...declared,
    input: passedInput(hosted, names),
    errors: [TableServerError, ResourceNotFoundException],
    async handle(input, context, { tables }: Pick<PassedDeps, "tables">) {
      const { named, body } = await prepare(input as Members, context, tables);
      const answer = await translatingErrors(
        named.names,
        async () => await tables.server.send(hosted.name, Buffer.from(JSON.stringify(body))),
      );
      // The answer names tables only in these cases.
      if (!NAMES_TABLES.has(hosted.name) && !wantsMetrics(body)) return new Reply(200, JSON_TYPE, answer);
      return translatedAnswer(parsedAnswer(answer), named.names);
    },
  });
}

/** The members that the hosted operation knows. Their values are the server's to check, except for those in `names`. */
export function passedInput(hosted: Hosted, names: Readonly<Record<string, z.ZodType>>) {
  const { shape } = hosted.input as z.ZodObject;
  const members = Object.keys(shape).map((name) => [name, names[name] ?? z.unknown().optional()] as const);
  return structure(Object.fromEntries(members));
}

const NAMES_TABLES: ReadonlySet<string> = new Set(["BatchGetItem", "BatchWriteItem", "UpdateTable"]);

function wantsMetrics({ ReturnConsumedCapacity, ReturnItemCollectionMetrics }: Members): boolean {
  const isWanted = (value: unknown): boolean => value !== undefined && value !== "NONE";
  return isWanted(ReturnConsumedCapacity) || isWanted(ReturnItemCollectionMetrics);
}

/** On the server all tokens are those of one account: that of another account of Hearth must not be taken for the same request. */
function tokenOf({ accountId, region }: Pick<RequestContext, "accountId" | "region">, token: string): string {
  return createHash("sha256").update(`${accountId} ${region} ${token}`).digest("hex").slice(0, 36);
}
