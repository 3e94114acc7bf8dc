import {
  InvalidParameterValueException,
  list,
  NotImplementedException,
  ResourceNotFoundException,
  structure,
  TagKey,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import { TaggableResource, type TagDeps, tagsOf } from "../tags/tagsOf.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_UntagResource.html */
export const untagResource = operation({
  name: "UntagResource",
  http: ["DELETE", "/2017-03-31/tags/{Resource}", 204],
  query: { TagKeys: "tagKeys" },
  input: structure({ Resource: TaggableResource, TagKeys: list(TagKey) }),
  output: structure({}),
  errors: [InvalidParameterValueException, ResourceNotFoundException, NotImplementedException],
  async handle(input, context, deps: TagDeps) {
    await tagsOf(input.Resource, context, deps, "UntagResource").remove(input.TagKeys);
    return undefined;
  },
});
