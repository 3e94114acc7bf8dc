import { structure, ValidationException } from "@hearth/model";
import { tableArn } from "@hearth/tables";
import { operation } from "@hearth/wire";
import type { DynamoDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { tableKey, tableNotFound } from "../findTable.ts";
import { endStream } from "../streamsOfTables.ts";
import { tableAnswer, TableDescription } from "../tableAnswer.ts";
import * as words from "../words.ts";

export const deleteTable = operation({
  name: "DeleteTable",
  input: structure({ TableName: words.TableName }),
  output: structure({ TableDescription }),
  errors: [ResourceNotFoundException],
  async handle({ TableName }, context, { tables, streams }: Pick<DynamoDeps, "tables" | "streams">) {
    const key = tableKey(context, TableName);
    const found = await tables.store.find(key);
    if (!found) throw tableNotFound(key);
    if (found.definition.isDeletionProtected) {
      throw new ValidationException(
        `Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.`,
      );
    }
    const usage = await tables.usage.of(found.id);
    const deleted = await tables.store.delete(key);
    tables.directory.forget(key);
    if (!deleted) throw tableNotFound(key);
    // It can be read for another day, so that functions get the last changes too.
    if (deleted.definition.stream) await endStream(streams, key, deleted.definition.stream.label);
    return { TableDescription: tableAnswer({ ...deleted, arn: tableArn(key) }, usage, "DELETING") };
  },
});
