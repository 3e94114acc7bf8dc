import type { AccountRegion } from "@hearth/model";
import type { RequestContext } from "@hearth/wire";

/** The caller's own account, in the region of the request: for what no policy opens to other accounts. */
export function callersOwn({ caller, region }: Pick<RequestContext, "caller" | "region">): AccountRegion {
  return { accountId: caller.accountId, region };
}
