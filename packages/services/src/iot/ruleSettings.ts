import { serviceMayAssume } from "@hearth/access";
import { InvalidIotAction, topicRule, topicRuleArn } from "@hearth/iot";
import { IotSqlError } from "@hearth/patterns";
import type { IotAction, IotRuleKey, IotRuleSettings } from "@hearth/store";
import type { IotDeps } from "./deps.ts";
import { InvalidRequestException, SqlParseException } from "./errors.ts";
import { PRINCIPAL, roleArnsOf } from "./questions.ts";
import type { TopicRulePayload } from "./words.ts";

const VERSIONS: ReadonlySet<string> = new Set(["2015-10-08", "2016-03-23", "beta"]);
const MAX_BYTES = 256 * 1024;

/** The settings of a rule, checked as the engine will evaluate them. Rejects with SqlParseException or InvalidRequestException. */
export async function ruleSettings(
  { identities }: Pick<IotDeps, "identities">,
  key: IotRuleKey,
  payload: TopicRulePayload,
): Promise<IotRuleSettings> {
  const { sql, description, actions, ruleDisabled = false, errorAction } = payload;
  // AWS's default is the older version; both are evaluated alike here.
  const awsIotSqlVersion = payload.awsIotSqlVersion ?? "2015-10-08";
  if (!VERSIONS.has(awsIotSqlVersion)) {
    throw new InvalidRequestException(`awsIotSqlVersion must be one of ${[...VERSIONS].join(", ")}`);
  }
  if (Buffer.byteLength(JSON.stringify(payload)) > MAX_BYTES) {
    throw new InvalidRequestException(`A rule has at most ${MAX_BYTES} bytes`);
  }
  const settings: IotRuleSettings = {
    sql,
    ...(description !== undefined && { description }),
    actions: actions as readonly IotAction[],
    ruleDisabled,
    awsIotSqlVersion,
    ...(errorAction && { errorAction: errorAction as IotAction }),
  };
  try {
    topicRule(key, settings);
  } catch (error) {
    if (error instanceof IotSqlError) throw new SqlParseException(`Error parsing SQL: ${error.message}`);
    if (error instanceof InvalidIotAction) throw new InvalidRequestException(error.message);
    throw error;
  }
  const sourceArn = topicRuleArn(key, key.ruleName);
  for (const RoleArn of roleArnsOf(payload)) {
    const { accountId } = key;
    if (await serviceMayAssume(identities, { principal: PRINCIPAL, accountId, RoleArn, sourceArn })) continue;
    throw new InvalidRequestException(`The role ${RoleArn} does not exist, or does not trust ${PRINCIPAL}`);
  }
  return settings;
}
