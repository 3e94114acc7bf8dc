import {
  InvalidParameterValueException,
  NotImplementedException,
  ResourceNotFoundException,
  structure,
  Tags,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import { TaggableResource, type TagDeps, tagsOf } from "../tags/tagsOf.ts";
import { checkTags } from "../tags/checkTags.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html */
export const tagResource = operation({
  name: "TagResource",
  http: ["POST", "/2017-03-31/tags/{Resource}", 204],
  input: structure({ Resource: TaggableResource, Tags }),
  output: structure({}),
  errors: [InvalidParameterValueException, ResourceNotFoundException, NotImplementedException],
  async handle(input, context, deps: TagDeps) {
    const tags = tagsOf(input.Resource, context, deps, "TagResource");
    // AWS gives no better reason.
    if (Object.keys(input.Tags).length === 0)
      throw new InvalidParameterValueException("An error occurred and the request cannot be processed.");
    checkTags(input.Tags);
    await tags.put(input.Tags);
    return undefined;
  },
});
