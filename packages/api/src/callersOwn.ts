import type { AccountRegion } from "@hearth/model";
import type { RequestContext } from "@hearth/wire";

/** The caller's account in the region of the request, for resources that no policy can share with other accounts. */
export function callersOwn({ caller, region }: Pick<RequestContext, "caller" | "region">): AccountRegion {
  return { accountId: caller.accountId, region };
}
