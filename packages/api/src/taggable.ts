import { InvalidParameterValueException, NotImplementedException, text } from "@hearth/model";
import type { FunctionKey } from "@hearth/store";
import type { RequestContext } from "@hearth/wire";
import { targetOf } from "./target.ts";

const REGION = "[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}";
const UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}";

/** An ARN that AWS tags. */
export const TaggableResource = text({
  min: 1,
  max: 256,
  pattern: `arn:(aws[a-zA-Z-]*):lambda:${REGION}:\\d{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:${UUID}|capacity-provider:[a-zA-Z0-9-_]+)`,
});

/** The function whose tags `Resource` names: versions and aliases have none of their own. */
export function taggedFunction(Resource: string, context: RequestContext, region: string, action: string): FunctionKey {
  const kind = Resource.split(":")[5];
  if (kind !== "function") throw new NotImplementedException(`${action} of a ${kind} is not implemented by Hearth.`);
  const { key, Qualifier } = targetOf({ FunctionName: Resource }, context, region, action);
  if (Qualifier === undefined) return key;
  throw new InvalidParameterValueException(
    "Tags on function aliases and versions are not supported. Please specify a function ARN.",
  );
}
