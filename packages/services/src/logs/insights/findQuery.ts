import type { AccountRegion } from "@hearth/model";
import type { LogQuery } from "@hearth/store";
import type { LogsDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export async function findQuery(
  { queries }: Pick<LogsDeps, "queries">,
  where: AccountRegion,
  queryId: string,
): Promise<LogQuery> {
  const query = UUID.test(queryId) ? await queries.find(where, queryId) : undefined;
  if (!query) throw queryNotFound(queryId);
  return query;
}

export function queryNotFound(queryId: string): ResourceNotFoundException {
  return new ResourceNotFoundException(`Query with id '${queryId}' does not exist.`);
}
