import type { Resources } from "@hearth/access";
import type { DynamoTableKey } from "@hearth/store";
import { parseTableArn } from "@hearth/tables";
import type { TableNotes } from "./deps.ts";
import { type AskedKey, itemKeys } from "./itemKeys.ts";

/** The keys of a table and of its indexes: as Hearth has them, or as the server has them where the table lies. */
export type KeysOfTable = (table: DynamoTableKey, index: string | undefined) => Promise<AskedKey | undefined>;

/** The policies and tags of tables, and the values of condition keys. The policy of a table decides about its indexes too. */
export function tableResources(tables: Pick<TableNotes["tables"], "find" | "known">, keyOf: KeysOfTable): Resources {
  const compiled = new Map<string, readonly object[]>();
  const documentsOf = (policy: string | null | undefined): readonly object[] => {
    if (!policy) return NONE;
    // The same object for the same text: the authorizer compiles an object once.
    let found = compiled.get(policy);
    if (!found) {
      if (compiled.size >= MAX_REMEMBERED) compiled.clear();
      compiled.set(policy, (found = [JSON.parse(policy) as object]));
    }
    return found;
  };
  const named = new Map<string, DynamoTableKey>();
  const tableOf = (arn: string): DynamoTableKey | undefined => {
    const known = named.get(arn);
    if (known) return known;
    const table = parseTableArn(arn)?.table;
    if (!table) return undefined;
    if (named.size >= MAX_REMEMBERED) named.clear();
    named.set(arn, table);
    return table;
  };
  const find = async (arn: string) => {
    const table = tableOf(arn);
    return table && (await tables.find(table));
  };
  return {
    policiesAbout(arn) {
      const key = tableOf(arn);
      if (!key) return NONE;
      const known = tables.known?.(key);
      return known ? documentsOf(known.policy) : tables.find(key).then((table) => documentsOf(table?.policy));
    },
    async tagsOf(arn) {
      return (await find(arn))?.tags;
    },
    async keysOf({ action, resources, parts = [] }) {
      const asked = parseTableArn(resources[0]);
      return itemKeys(action, parts, asked && (await keyOf(asked.table, asked.index)));
    },
  };
}

const NONE: readonly object[] = [];
const MAX_REMEMBERED = 1_000;
