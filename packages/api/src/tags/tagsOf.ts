import {
  InvalidParameterValueException,
  NotImplementedException,
  REGION_PATTERN,
  ResourceNotFoundException,
  text,
} from "@hearth/model";
import type { Tags } from "@hearth/store";
import type { RequestContext } from "@hearth/wire";
import { callersOwn } from "../callersOwn.ts";
import type { ApiDeps } from "../deps.ts";
import { targetOf } from "../functions/targetOf.ts";

const UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}";

/** The ARN of a resource that can have tags. */
export const TaggableResource = text({
  min: 1,
  max: 10_000,
  pattern: `arn:(aws[a-zA-Z-]*):lambda:${REGION_PATTERN}:\\d{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:${UUID}|(capacity-provider|network-connector):[a-zA-Z0-9-_]{1,64})`,
});

export type TagDeps = Pick<ApiDeps, "tags" | "eventSourceMappings" | "codeSigningConfigs">;

/** The tags of one resource. Every method rejects with ResourceNotFoundException when there is no such resource. */
export interface TagSet {
  list(): Promise<Tags>;
  put(tags: Tags): Promise<void>;
  remove(keys: readonly string[]): Promise<void>;
}

/** The tags of the function, event source mapping or code signing configuration that `Resource` names. */
export function tagsOf(Resource: string, context: RequestContext, deps: TagDeps, action: string): TagSet {
  const [, , , region, accountId, kind, id = ""] = Resource.split(":");
  if (kind === "function") return functionTags(Resource, context, deps, action);
  const rows =
    kind === "event-source-mapping"
      ? deps.eventSourceMappings.tags
      : kind === "code-signing-config"
        ? deps.codeSigningConfigs.tags
        : undefined;
  // Hearth has none of these.
  if (kind === "capacity-provider") throw new ResourceNotFoundException(`Capacity provider not found: ${Resource}`);
  if (!rows) throw new NotImplementedException(`${action} of a ${kind} is not implemented by Hearth.`);
  if (region !== context.region || accountId !== context.caller.accountId) {
    throw new ResourceNotFoundException(
      kind === "event-source-mapping"
        ? `Event source mapping not found: ${Resource}`
        : "The resource you requested does not exist.",
    );
  }
  const where = callersOwn(context);
  return {
    list: () => rows.list(where, id),
    put: (tags) => rows.put(where, id, tags),
    remove: (keys) => rows.remove(where, id, keys),
  };
}

/** Versions and aliases have no tags. */
function functionTags(Resource: string, context: RequestContext, { tags }: TagDeps, action: string): TagSet {
  const { key, Qualifier } = targetOf({ FunctionName: Resource }, context, action);
  if (Qualifier !== undefined) {
    throw new InvalidParameterValueException(
      "Tags on function aliases and versions are not supported. Please specify a function ARN.",
    );
  }
  return {
    list: () => tags.list(key),
    put: (values) => tags.put(key, values),
    remove: (keys) => tags.remove(key, keys),
  };
}
