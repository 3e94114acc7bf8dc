import { topicRuleArn } from "@hearth/iot";
import { bool, structure, text } from "@hearth/model";
import type { TopicFilter } from "@hearth/patterns";
import { IotStatement } from "@hearth/patterns";
import type { IotRuleKey, IotRuleRecord } from "@hearth/store";
import { operation, type RequestContext } from "@hearth/wire";
import { z } from "zod";
import type { IotDeps } from "../deps.ts";
import {
  InvalidRequestException,
  LimitExceededException,
  noRule,
  ResourceAlreadyExistsException,
  SqlParseException,
  ThrottlingException,
  UnauthorizedException,
} from "../errors.ts";
import { DEFAULT_PAGE, keyIn, pageOf } from "../paging.ts";
import { refuseWhenDiskIsShort } from "../refuseWhenDiskIsShort.ts";
import { ruleSettings } from "../ruleSettings.ts";
import { tagsInHeader, withTags } from "../tagging.ts";
import * as words from "../words.ts";

/** AWS's quota per account and region. */
const MAX_RULES = 1_000;

const ruleKey = ({ accountId, region }: RequestContext, ruleName: string): IotRuleKey => ({
  accountId,
  region,
  ruleName,
});

/** https://docs.aws.amazon.com/iot/latest/apireference/API_CreateTopicRule.html */
export const createTopicRule = operation({
  name: "CreateTopicRule",
  http: ["POST", "/rules/{ruleName}", 200],
  headers: { tags: "x-amz-tagging" },
  payload: "topicRulePayload",
  input: structure({
    ruleName: words.RuleName,
    topicRulePayload: words.TopicRulePayload,
    tags: text({ max: 8_192 }).optional(),
  }),
  errors: [
    InvalidRequestException,
    LimitExceededException,
    ResourceAlreadyExistsException,
    SqlParseException,
    ThrottlingException,
  ],
  async handle({ ruleName, topicRulePayload, tags = "" }, context, deps: IotDeps) {
    refuseWhenDiskIsShort(deps);
    const key = ruleKey(context, ruleName);
    const settings = await ruleSettings(deps, key, topicRulePayload);
    const created = await deps.rules.create(key, settings, withTags({}, tagsInHeader(tags)), MAX_RULES);
    if (created === "taken") {
      throw new ResourceAlreadyExistsException(`Rule with the same name already exists. Rule: ${ruleName}`);
    }
    if (created === "tooMany") throw new LimitExceededException(`An account has at most ${MAX_RULES} topic rules`);
    deps.topicRules.forget(key);
    return undefined;
  },
});

/** https://docs.aws.amazon.com/iot/latest/apireference/API_ReplaceTopicRule.html */
export const replaceTopicRule = operation({
  name: "ReplaceTopicRule",
  http: ["PATCH", "/rules/{ruleName}", 200],
  payload: "topicRulePayload",
  input: structure({ ruleName: words.RuleName, topicRulePayload: words.TopicRulePayload }),
  errors: [InvalidRequestException, SqlParseException, ThrottlingException, UnauthorizedException],
  async handle({ ruleName, topicRulePayload }, context, deps: IotDeps) {
    refuseWhenDiskIsShort(deps);
    const key = ruleKey(context, ruleName);
    const settings = await ruleSettings(deps, key, topicRulePayload);
    if (!(await deps.rules.change(key, () => ({ settings })))) throw noRule(ruleName);
    deps.topicRules.forget(key);
    return undefined;
  },
});

const ShownAction = z.record(z.string(), z.unknown());

/** https://docs.aws.amazon.com/iot/latest/apireference/API_GetTopicRule.html */
export const getTopicRule = operation({
  name: "GetTopicRule",
  http: ["GET", "/rules/{ruleName}", 200],
  input: structure({ ruleName: words.RuleName }),
  output: structure({
    ruleArn: z.string(),
    rule: structure({
      ruleName: z.string(),
      sql: z.string(),
      description: z.string().optional(),
      createdAt: z.date(),
      actions: z.array(ShownAction),
      ruleDisabled: z.boolean(),
      awsIotSqlVersion: z.string(),
      errorAction: ShownAction.optional(),
    }),
  }),
  errors: [InvalidRequestException, UnauthorizedException],
  async handle({ ruleName }, context, { rules }: Pick<IotDeps, "rules">) {
    const found = await rules.find(ruleKey(context, ruleName));
    if (!found) throw noRule(ruleName);
    return {
      ruleArn: topicRuleArn(found, ruleName),
      rule: { ruleName, createdAt: new Date(found.createdMs), ...found.settings },
    };
  },
});

/** https://docs.aws.amazon.com/iot/latest/apireference/API_ListTopicRules.html */
export const listTopicRules = operation({
  name: "ListTopicRules",
  http: ["GET", "/rules", 200],
  query: { topic: "topic", maxResults: "maxResults", nextToken: "nextToken", ruleDisabled: "ruleDisabled" },
  input: structure({
    topic: text({ max: 1_000 }).optional(),
    maxResults: words.MaxResults.optional(),
    nextToken: words.Marker.optional(),
    ruleDisabled: bool().optional(),
  }),
  output: structure({
    rules: z.array(
      structure({
        ruleArn: z.string(),
        ruleName: z.string(),
        topicPattern: z.string().optional(),
        createdAt: z.date(),
        ruleDisabled: z.boolean(),
      }),
    ),
    nextToken: z.string().optional(),
  }),
  errors: [InvalidRequestException],
  async handle(
    { topic, maxResults = DEFAULT_PAGE, nextToken, ruleDisabled },
    context,
    { rules }: Pick<IotDeps, "rules">,
  ) {
    // An account has few rules: those that a topic does not match are left out of the page.
    const found = await rules.list(context, { ruleDisabled, after: keyIn(nextToken), limit: maxResults + 1 });
    const { items, next } = pageOf(found, maxResults, ({ ruleName }) => ruleName);
    const shown = items.map((record) => ({ record, filter: filterOf(record) }));
    return {
      rules: shown
        .filter(({ filter }) => topic === undefined || filter?.matches(topic.split("/")))
        .map(({ record: { ruleName, createdMs, settings }, filter }) => ({
          ruleArn: topicRuleArn(context, ruleName),
          ruleName,
          ...(filter && { topicPattern: filter.filter }),
          createdAt: new Date(createdMs),
          ruleDisabled: settings.ruleDisabled,
        })),
      ...(next !== undefined && { nextToken: next }),
    };
  },
});

function filterOf({ settings }: IotRuleRecord): TopicFilter | undefined {
  return new IotStatement(settings.sql).filter;
}

/** https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteTopicRule.html */
export const deleteTopicRule = operation({
  name: "DeleteTopicRule",
  http: ["DELETE", "/rules/{ruleName}", 200],
  input: structure({ ruleName: words.RuleName }),
  errors: [InvalidRequestException, UnauthorizedException],
  async handle({ ruleName }, context, { rules, topicRules }: Pick<IotDeps, "rules" | "topicRules">) {
    const key = ruleKey(context, ruleName);
    if (!(await rules.delete(key))) throw noRule(ruleName);
    topicRules.forget(key);
    return undefined;
  },
});

const switched = (name: "EnableTopicRule" | "DisableTopicRule", verb: "enable" | "disable") =>
  operation({
    name,
    http: ["POST", `/rules/{ruleName}/${verb}`, 200],
    input: structure({ ruleName: words.RuleName }),
    errors: [InvalidRequestException, UnauthorizedException],
    async handle({ ruleName }, context, { rules, topicRules }: Pick<IotDeps, "rules" | "topicRules">) {
      const key = ruleKey(context, ruleName);
      const ruleDisabled = verb === "disable";
      const found = await rules.change(key, ({ settings }) => ({ settings: { ...settings, ruleDisabled } }));
      if (!found) throw noRule(ruleName);
      topicRules.forget(key);
      return undefined;
    },
  });

/** https://docs.aws.amazon.com/iot/latest/apireference/API_EnableTopicRule.html */
export const enableTopicRule = switched("EnableTopicRule", "enable");
/** https://docs.aws.amazon.com/iot/latest/apireference/API_DisableTopicRule.html */
export const disableTopicRule = switched("DisableTopicRule", "disable");
