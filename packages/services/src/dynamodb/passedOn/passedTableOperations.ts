import { NotImplementedException, ValidationException } from "@hearth/model";
import { parsedAnswer, ServerNames, TableServerError } from "@hearth/tables";
import { type AnyOperation, operation } from "@hearth/wire";
import type { DynamoDeps } from "../deps.ts";
import { LimitExceededException, ResourceInUseException, ResourceNotFoundException } from "../errors.ts";
import { tableKey, tableNotFound } from "../findTable.ts";
import { createTable, MAX_TABLES } from "../operations/createTable.ts";
import { deleteTable } from "../operations/deleteTable.ts";
import { describeTable } from "../operations/describeTable.ts";
import { listTables } from "../operations/listTables.ts";
import { checkPolicy } from "../policies.ts";
import { checkTags, tagsOf } from "../tagging.ts";
import * as words from "../words.ts";
import { translatedAnswer, translatingErrors } from "./namedTables.ts";
import type { PassedDeps } from "./passedDeps.ts";
import { passedInput } from "./passedItems.ts";

type Members = Readonly<Record<string, unknown>>;

/** The name is the account's before the server hears of it, so that a table whose answer is lost is the account's too. Tags and policy stay in Hearth. */
export const createPassedTable = operation({
  name: "CreateTable",
  input: passedInput(createTable, {
    TableName: words.NewTableName,
    Tags: words.Tags.optional(),
    ResourcePolicy: createTable.input.shape.ResourcePolicy,
  }),
  errors: [TableServerError, LimitExceededException, ResourceInUseException],
  async handle(input, { accountId, region }, { tables }: PassedDeps) {
    const { Tags, ResourcePolicy, ...body } = input as Members & {
      readonly TableName: string;
      readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
      readonly ResourcePolicy?: string;
    };
    const key = { accountId, region, TableName: body.TableName };
    const tags = tagsOf(Tags ?? []);
    checkTags(tags);
    if (ResourcePolicy !== undefined) checkPolicy(ResourcePolicy);
    const notes = { tags, policy: ResourcePolicy ?? null };
    const serverName = (await tables.find(key))?.serverName ?? tables.newServerName(key);
    if (serverName === undefined) {
      throw new ValidationException(
        "A name that begins with 12 digits, a point and a letter is kept for tables of other accounts and regions.",
      );
    }
    if ((await tables.rows.count(key)) >= MAX_TABLES) {
      throw new LimitExceededException(
        `Subscriber limit exceeded: There is a limit of ${MAX_TABLES} tables per subscriber`,
      );
    }
    const claimed = await tables.rows.claim(key, { serverName, isCreated: false, ...notes });
    if (!claimed) throw new ResourceInUseException(`Table already exists: ${body.TableName}`);
    const names = new ServerNames();
    names.add(claimed);
    try {
      const answer = await translatingErrors(
        names,
        async () => await tables.server.call("CreateTable", { ...body, TableName: claimed.serverName }),
      );
      await tables.rows.confirm(key, claimed.serverName, notes);
      return translatedAnswer(answer, names);
    } catch (error) {
      const isRefused = error instanceof TableServerError && error.fault === "client";
      if (isRefused && error.code !== "ResourceInUseException") await tables.rows.release(key, { unlessCreated: true });
      throw error;
    } finally {
      tables.directory.forget(key);
    }
  },
});

export const deletePassedTable = operation({
  name: "DeleteTable",
  input: passedInput(deleteTable, { TableName: words.TableName }),
  errors: [TableServerError, ResourceNotFoundException],
  async handle(input, context, { tables }: PassedDeps) {
    const key = tableKey(context, String(input["TableName"]));
    const table = await tables.find(key);
    if (!table) throw tableNotFound(key);
    const names = new ServerNames();
    names.add(table);
    const answer = await translatingErrors(
      names,
      async () => await tables.server.call("DeleteTable", { TableName: table.serverName }),
    );
    await tables.rows.release(key);
    tables.directory.forget(key);
    return translatedAnswer(answer, names);
  },
});

export const describePassedTable = operation({
  name: "DescribeTable",
  input: passedInput(describeTable, { TableName: words.TableName }),
  errors: [TableServerError, ResourceNotFoundException],
  async handle(input, context, { tables }: PassedDeps) {
    const key = tableKey(context, String(input["TableName"]));
    const table = await tables.find(key);
    if (!table) throw tableNotFound(key);
    const names = new ServerNames();
    names.add(table);
    const body = Buffer.from(JSON.stringify({ TableName: table.serverName }));
    try {
      const answer = await translatingErrors(names, async () => await tables.server.send("DescribeTable", body));
      if (!table.isCreated) {
        await tables.rows.confirm(key, table.serverName);
        tables.directory.forget(key);
      }
      return translatedAnswer(parsedAnswer(answer), names);
    } catch (error) {
      // It was deleted past Hearth, or the answer of DeleteTable was lost. A table that is being created stays its account's.
      if (table.isCreated && error instanceof TableServerError && error.code === "ResourceNotFoundException") {
        await tables.rows.release(key);
        tables.directory.forget(key);
      }
      throw error;
    }
  },
});

export const listPassedTables = operation({
  ...listTables,
  errors: [TableServerError],
  async handle({ ExclusiveStartTableName: after = "", Limit: limit = 100 }, context, { tables }: PassedDeps) {
    const found = [...(await tables.owned(context)).values()].filter((name) => name > after).toSorted();
    const TableNames = found.slice(0, limit);
    const last = TableNames.at(-1);
    return { TableNames, ...(found.length > limit && last !== undefined && { LastEvaluatedTableName: last }) };
  },
});

/** What only tables have that Hearth hosts. */
export function onlyHosted(hosted: AnyOperation<DynamoDeps>): AnyOperation<PassedDeps> {
  return {
    ...hosted,
    errors: [],
    async handle() {
      throw new NotImplementedException(
        `${hosted.name} is not implemented by Hearth for tables on the server that HEARTH_DYNAMODB_ENDPOINT names.`,
      );
    },
  };
}
