import { ValidationException } from "@hearth/model";
import type { DynamoTableKey } from "@hearth/store";
import { parseTableArn, ResourceNotFoundException, type Table } from "@hearth/tables";
import type { RequestContext } from "@hearth/wire";

type Where = Pick<RequestContext, "accountId" | "region">;

/**
 * Where the names of a request about several tables belong: in the caller's account, as the questions about them. `accountId` is the owner of the first table,
 * which may be another account's.
 */
export function byCaller({ caller, region }: Pick<RequestContext, "caller" | "region">): Where {
  return { accountId: caller.accountId, region };
}

/** The table that a request names by name or ARN. Throws AWS's error for a name that no table can have. */
export function tableKey({ accountId, region }: Where, TableName: string): DynamoTableKey {
  if (TableName.startsWith("arn:")) {
    const named = parseTableArn(TableName);
    if (!named || named.index !== undefined || named.stream !== undefined)
      throw new ValidationException(`Invalid table ARN: ${TableName}`);
    return named.table;
  }
  if (!/^[a-zA-Z0-9_.-]{3,255}$/.test(TableName)) {
    throw new ValidationException(
      TableName.length < 3 || TableName.length > 255
        ? "TableName must be at least 3 characters long and at most 255 characters long"
        : `1 validation error detected: Value '${TableName}' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+`,
    );
  }
  return { accountId, region, TableName };
}

interface TablesByName<Found> {
  find(key: DynamoTableKey): Promise<Found | undefined>;
  /** As `find`, if that needs no look-up. */
  known?(key: DynamoTableKey): Found | undefined;
}

/** As `findTable`, for a table of the caller's region that is in memory; otherwise `undefined`. */
export function knownTable(
  { tables }: { readonly tables: Pick<TablesByName<Table>, "known"> },
  where: Where,
  TableName: string,
): Table | undefined {
  const key = tableKey(where, TableName);
  return key.region === where.region ? tables.known?.(key) : undefined;
}

/** Throws AWS's error when there is no such table. */
export async function findTable<Found = Table>(
  { tables }: { readonly tables: TablesByName<Found> },
  where: Where,
  TableName: string,
): Promise<Found> {
  const key = tableKey(where, TableName);
  const table = key.region === where.region ? (tables.known?.(key) ?? (await tables.find(key))) : undefined;
  if (!table) throw new ResourceNotFoundException();
  return table;
}

export function tableNotFound({ TableName }: Pick<DynamoTableKey, "TableName">): ResourceNotFoundException {
  return new ResourceNotFoundException(`Requested resource not found: Table: ${TableName} not found`);
}
