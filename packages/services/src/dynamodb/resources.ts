import type { Resources } from "@hearth/access";
import { parseTableArn } from "@hearth/tables";
import type { TableNotes } from "./deps.ts";

/** The policies and tags of tables. The policy of a table decides about its indexes too. */
export function tableResources(tables: Pick<TableNotes["tables"], "find" | "known">): Resources {
  const compiled = new Map<string, readonly object[]>();
  const documentsOf = (policy: string | null | undefined): readonly object[] => {
    if (!policy) return NONE;
    // The same object for the same text: the authorizer compiles an object once.
    let found = compiled.get(policy);
    if (!found) {
      if (compiled.size >= MAX_POLICIES) compiled.clear();
      compiled.set(policy, (found = [JSON.parse(policy) as object]));
    }
    return found;
  };
  const find = async (arn: string) => {
    const named = parseTableArn(arn);
    return named && (await tables.find(named.table));
  };
  return {
    policiesAbout(arn) {
      const named = parseTableArn(arn);
      if (!named) return NONE;
      const known = tables.known?.(named.table);
      return known ? documentsOf(known.policy) : tables.find(named.table).then((table) => documentsOf(table?.policy));
    },
    async tagsOf(arn) {
      return (await find(arn))?.tags;
    },
  };
}

const NONE: readonly object[] = [];
const MAX_POLICIES = 1_000;
