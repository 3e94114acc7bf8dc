import { parseIotArn } from "@hearth/iot";
import { structure } from "@hearth/model";
import { operation, type RequestContext } from "@hearth/wire";
import { z } from "zod";
import type { IotDeps } from "../deps.ts";
import { InvalidRequestException, ResourceNotFoundException } from "../errors.ts";
import { shownTags, withoutTags, withTags } from "../tagging.ts";
import * as words from "../words.ts";

type Stores = Pick<IotDeps, "rules" | "policies">;
type Tags = Readonly<Record<string, string>>;

/** Changes the tags of a topic rule or a policy by `change`, and resolves with them. Rejects with ResourceNotFoundException. */
async function tagsOf(
  resourceArn: string,
  { accountId, region }: RequestContext,
  { rules, policies }: Stores,
  change?: (tags: Tags) => Tags,
): Promise<Tags> {
  const [rule, policy] = [parseIotArn(resourceArn, "rule"), parseIotArn(resourceArn, "policy")];
  const named = rule ?? policy;
  const missing = new ResourceNotFoundException(`The resource ${resourceArn} does not exist, or has no tags in Hearth`);
  if (!named || named.accountId !== accountId || named.region !== region) throw missing;
  let tags: Tags | undefined;
  if (!change) {
    const found = rule
      ? await rules.find({ ...named, ruleName: named.name })
      : await policies.find({ ...named, policyName: named.name });
    tags = found?.tags;
  } else {
    const apply = (present: { readonly tags: Tags }): { readonly tags: Tags } => ({
      tags: (tags = change(present.tags)),
    });
    if (rule) await rules.change({ ...named, ruleName: named.name }, apply);
    else await policies.change({ ...named, policyName: named.name }, apply);
  }
  if (!tags) throw missing;
  return tags;
}

/** https://docs.aws.amazon.com/iot/latest/apireference/API_TagResource.html */
export const tagResource = operation({
  name: "TagResource",
  http: ["POST", "/tags", 200],
  input: structure({ resourceArn: words.ResourceArn, tags: words.TagList }),
  output: structure({}),
  errors: [InvalidRequestException, ResourceNotFoundException],
  async handle({ resourceArn, tags }, context, deps: Stores) {
    await tagsOf(resourceArn, context, deps, (present) => withTags(present, tags));
    return {};
  },
});

/** https://docs.aws.amazon.com/iot/latest/apireference/API_UntagResource.html */
export const untagResource = operation({
  name: "UntagResource",
  http: ["POST", "/untag", 200],
  input: structure({ resourceArn: words.ResourceArn, tagKeys: words.TagKeys }),
  output: structure({}),
  errors: [InvalidRequestException, ResourceNotFoundException],
  async handle({ resourceArn, tagKeys }, context, deps: Stores) {
    await tagsOf(resourceArn, context, deps, (present) => withoutTags(present, tagKeys));
    return {};
  },
});

/** https://docs.aws.amazon.com/iot/latest/apireference/API_ListTagsForResource.html */
export const listTagsForResource = operation({
  name: "ListTagsForResource",
  http: ["GET", "/tags", 200],
  query: { resourceArn: "resourceArn", nextToken: "nextToken" },
  input: structure({ resourceArn: words.ResourceArn, nextToken: words.Marker.optional() }),
  output: structure({ tags: words.ShownTags, nextToken: z.string().optional() }),
  errors: [InvalidRequestException, ResourceNotFoundException],
  async handle({ resourceArn }, context, deps: Stores) {
    return { tags: shownTags(await tagsOf(resourceArn, context, deps)) };
  },
});
