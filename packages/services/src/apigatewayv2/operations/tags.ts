import { list, structure } from "@hearth/model";
import { operation, type RequestContext } from "@hearth/wire";
import { parseApiArn } from "../apiArn.ts";
import type { ApiGatewayDeps } from "../deps.ts";
import { PROTOCOLS } from "../editing.ts";
import { BadRequestException, ConflictException, NotFoundException } from "../errors.ts";
import { withTags } from "../tagging.ts";
import * as words from "../words.ts";

type Tags = Readonly<Record<string, string>>;
const PATH = "/v2/tags/{resourceArn}";

/** Reads the tags of an API, a stage or a domain name, and changes them by `change`. */
async function editTags(
  deps: ApiGatewayDeps,
  context: Pick<RequestContext, "accountId" | "region">,
  { resourceArn, change }: { readonly resourceArn: string; readonly change?: (tags: Tags) => Tags },
): Promise<Tags> {
  const { database, apis, parts, domains } = deps;
  const missing = (): NotFoundException => new NotFoundException(`Invalid resource ARN specified: ${resourceArn}`);
  const named = parseApiArn(resourceArn, context.region);
  if (!named) throw missing();
  return await database.transaction(async (tx) => {
    if (named.kind === "domain") {
      const domain = await domains.lock(tx, context, named.id);
      if (!domain) throw missing();
      if (change) await domains.change(tx, named.id, { tags: change(domain.tags) });
      return domain.tags;
    }
    const api = await apis.lock(tx, context, named.id, PROTOCOLS);
    if (!api) throw missing();
    if (named.stageName === undefined) {
      if (change) await apis.change(tx, named.id, { tags: change(api.tags) });
      return api.tags;
    }
    const key = { apiId: api.apiId, kind: "stage", partId: named.stageName } as const;
    const stage = await parts.find(key, tx);
    if (!stage) throw missing();
    const tags = stage.settings["tags"] as Tags;
    if (change) await parts.put(tx, key, { ...stage.settings, tags: change(tags) });
    return tags;
  });
}

const getTags = operation({
  name: "GetTags",
  http: ["GET", PATH, 200],
  input: structure({ resourceArn: words.resourceArn }),
  output: structure({ tags: words.tags }),
  errors: [BadRequestException, NotFoundException],
  handle: async (input, context, deps: ApiGatewayDeps) => ({ tags: await editTags(deps, context, input) }),
});

const tagResource = operation({
  name: "TagResource",
  http: ["POST", PATH, 201],
  input: structure({ resourceArn: words.resourceArn, tags: words.tags.optional() }),
  output: structure({}),
  errors: [BadRequestException, ConflictException, NotFoundException],
  async handle({ resourceArn, tags = {} }, context, deps: ApiGatewayDeps) {
    await editTags(deps, context, { resourceArn, change: (before) => withTags(before, tags) });
    return {};
  },
});

const untagResource = operation({
  name: "UntagResource",
  http: ["DELETE", PATH, 204],
  query: { tagKeys: "tagKeys" },
  input: structure({ resourceArn: words.resourceArn, tagKeys: list({ min: 1, max: 128 }) }),
  errors: [BadRequestException, ConflictException, NotFoundException],
  async handle({ resourceArn, tagKeys }, context, deps: ApiGatewayDeps) {
    const change = (tags: Tags): Tags =>
      Object.fromEntries(Object.entries(tags).filter(([key]) => !tagKeys.includes(key)));
    await editTags(deps, context, { resourceArn, change });
    return undefined;
  },
});

export const tagOperations = [getTags, tagResource, untagResource];
