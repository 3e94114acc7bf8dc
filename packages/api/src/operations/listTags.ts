import {
  InvalidParameterValueException,
  NotImplementedException,
  ResourceNotFoundException,
  structure,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import { TaggableResource, type TagDeps, tagsOf } from "../tags/tagsOf.ts";
import { z } from "zod";

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListTags.html */
export const listTags = operation({
  name: "ListTags",
  http: ["GET", "/2017-03-31/tags/{Resource}", 200],
  input: structure({ Resource: TaggableResource }),
  output: structure({ Tags: z.record(z.string(), z.string()) }).partial(),
  errors: [InvalidParameterValueException, ResourceNotFoundException, NotImplementedException],
  async handle(input, context, deps: TagDeps) {
    return { Tags: await tagsOf(input.Resource, context, deps, "ListTags").list() };
  },
});
