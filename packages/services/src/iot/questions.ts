import { type Input, passRoleQuestion, type Question, type Questions, textOf } from "@hearth/access";
import { arn } from "@hearth/model";

export const PRINCIPAL = "iot.amazonaws.com";

const UNNAMED: ReadonlySet<string> = new Set([
  ...["CreateKeysAndCertificate", "DescribeEndpoint", "ListCertificates", "ListPolicies", "ListTopicRules"],
  ...["RegisterCertificate", "RegisterCertificateWithoutCA"],
]);
/** Operations on policies whose permission is asked for the certificate. */
const ON_TARGETS: ReadonlySet<string> = new Set(["AttachPolicy", "DetachPolicy", "ListAttachedPolicies"]);

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiot.html */
export const questions: Questions = ({ operation, input, accountId, region }) => {
  const question = (resource: string): Question => ({ action: `iot:${operation}`, resources: [resource], accountId });
  const named = (type: string, name: string): string =>
    arn({ service: "iot", region, accountId, resource: `${type}/${name}` });
  if (UNNAMED.has(operation)) return [question("*")];
  const resourceArn = textOf(input, "resourceArn");
  if (resourceArn !== undefined) return [question(resourceArn)];
  const target = textOf(input, "target");
  if (ON_TARGETS.has(operation) && target !== undefined) return [question(target)];
  const ruleName = textOf(input, "ruleName");
  if (ruleName !== undefined) {
    const roles = roleArnsOf((input["topicRulePayload"] ?? {}) as Input);
    return [question(named("rule", ruleName)), ...roles.map((role) => passRoleQuestion(accountId, role, PRINCIPAL))];
  }
  const certificateId = textOf(input, "certificateId");
  if (certificateId !== undefined) return [question(named("cert", certificateId))];
  return [question(named("policy", textOf(input, "policyName") ?? "*"))];
};

/** The roles of a rule's actions, each once. */
export function roleArnsOf(payload: Input): readonly string[] {
  const actions: readonly unknown[] = Array.isArray(payload["actions"]) ? payload["actions"] : [];
  const roles = [...actions, payload["errorAction"] ?? {}].flatMap((action) =>
    Object.values((action ?? {}) as Input).flatMap((settings) => textOf((settings ?? {}) as Input, "roleArn") ?? []),
  );
  return [...new Set(roles)];
}
