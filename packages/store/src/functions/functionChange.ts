import { recordChange } from "../change-log/changeLog.ts";
import type { Transaction } from "../postgres/queryable.ts";
import type { FunctionKey } from "./functionRows.ts";

/** Records in `tx` that a function has changed in a way that matters to invocations. As with `recordChange`, call it last. */
export function recordFunctionChange(
  tx: Transaction,
  { accountId, region, FunctionName }: FunctionKey,
): Promise<bigint> {
  return recordChange(tx, { kind: "function", accountId, region, name: FunctionName });
}
