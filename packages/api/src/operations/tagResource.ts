import {
  InvalidParameterValueException,
  NotImplementedException,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../apiDeps.ts";
import { Tags } from "../functionMembers.ts";
import { TaggableResource, taggedFunction } from "../taggable.ts";
import { checkTags } from "../tagRules.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html */
export const tagResource = operation({
  name: "TagResource",
  http: ["POST", "/2017-03-31/tags/{Resource}", 204],
  input: structure({ Resource: TaggableResource, Tags }),
  errors: [InvalidParameterValueException, ResourceNotFoundException, NotImplementedException],
  async handle(input, context, { tags, region }: Pick<ApiDeps, "tags" | "region">) {
    const key = taggedFunction(input.Resource, context, region, "TagResource");
    checkTags(input.Tags);
    await tags.put(key, input.Tags);
    return undefined;
  },
});
