import { list, structure } from "@hearth/model";
import { operation, type RequestContext } from "@hearth/wire";
import type { ApiGatewayDeps } from "../../apigatewayv2/deps.ts";
import { BadRequestException, ConflictException, NotFoundException } from "../../apigatewayv2/errors.ts";
import { withTags } from "../../apigatewayv2/tagging.ts";
import { REST } from "../editing.ts";
import { pathOfArn } from "../restArn.ts";
import * as words from "../words.ts";

type Tags = Readonly<Record<string, string>>;
const PATH = "/tags/{resource_arn}";

interface Wanted {
  readonly resource_arn: string;
  readonly change?: (tags: Tags) => Tags;
}

/** Reads the tags of what an ARN names, and changes them by `change`. */
async function editTags(
  deps: ApiGatewayDeps,
  context: Pick<RequestContext, "accountId" | "region">,
  { resource_arn, change }: Wanted,
): Promise<Tags> {
  const { database, apis, parts, domains, keys, plans } = deps;
  const missing = (): NotFoundException => new NotFoundException("Invalid resource ARN specified");
  const [root, id = "", more, stageName = "", rest] = pathOfArn(resource_arn, context.region) ?? [];
  if (rest !== undefined || (more !== undefined && (root !== "restapis" || more !== "stages"))) throw missing();
  return await database.transaction(async (tx) => {
    if (root === "apikeys") {
      const key = await keys.find(context, id, tx);
      if (!key) throw missing();
      if (change) await keys.change(tx, id, { tags: change(key.tags) });
      return key.tags;
    }
    if (root === "usageplans") {
      const plan = await plans.lock(tx, context, id);
      if (!plan) throw missing();
      if (change) await plans.change(tx, id, { tags: change(plan.tags) });
      return plan.tags;
    }
    if (root === "domainnames") {
      const domain = await domains.lock(tx, context, id);
      if (!domain) throw missing();
      if (change) await domains.change(tx, id, { tags: change(domain.tags) });
      return domain.tags;
    }
    const api = root === "restapis" ? await apis.lock(tx, context, id, REST) : undefined;
    if (!api) throw missing();
    if (more === undefined) {
      if (change) await apis.change(tx, id, { tags: change(api.tags) });
      return api.tags;
    }
    const key = { apiId: id, kind: "stage", partId: stageName } as const;
    const stage = await parts.find(key, tx);
    if (!stage) throw missing();
    const tags = (stage.settings["tags"] ?? {}) as Tags;
    if (change) await parts.put(tx, key, { ...stage.settings, tags: change(tags) });
    return tags;
  });
}

const getTags = operation({
  name: "GetTags",
  http: ["GET", PATH, 200],
  input: structure({ resource_arn: words.id }),
  output: structure({ tags: words.shownTags }),
  errors: [BadRequestException, NotFoundException],
  handle: async (input, context, deps: ApiGatewayDeps) => ({ tags: await editTags(deps, context, input) }),
});

const tagResource = operation({
  name: "TagResource",
  http: ["PUT", PATH, 204],
  input: structure({ resource_arn: words.id, tags: words.tags }),
  errors: [BadRequestException, ConflictException, NotFoundException],
  async handle({ resource_arn, tags }, context, deps: ApiGatewayDeps) {
    await editTags(deps, context, { resource_arn, change: (before) => withTags(before, tags) });
    return undefined;
  },
});

const untagResource = operation({
  name: "UntagResource",
  http: ["DELETE", PATH, 204],
  query: { tagKeys: "tagKeys" },
  input: structure({ resource_arn: words.id, tagKeys: list({ min: 1, max: 128 }) }),
  errors: [BadRequestException, ConflictException, NotFoundException],
  async handle({ resource_arn, tagKeys }, context, deps: ApiGatewayDeps) {
    const change = (tags: Tags): Tags =>
      Object.fromEntries(Object.entries(tags).filter(([key]) => !tagKeys.includes(key)));
    await editTags(deps, context, { resource_arn, change });
    return undefined;
  },
});

export const restTagOperations = [getTags, tagResource, untagResource];
