import { recordChange } from "../change-log/changeLog.ts";
import type { Transaction } from "../postgres/queryable.ts";
import type { FunctionKey } from "./functionRows.ts";

/** Notes in `tx` that what invocations need of a function has changed. As `recordChange`: call it last. */
export function recordFunctionChange(
  tx: Transaction,
  { accountId, region, FunctionName }: FunctionKey,
): Promise<bigint> {
  return recordChange(tx, { kind: "function", accountId, region, name: FunctionName });
}
