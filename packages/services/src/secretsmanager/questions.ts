import { type Question, type Questions, textOf } from "@hearth/access";
import { secretArn, secretKey } from "./secretArn.ts";

/** Operations that no resource policy can allow. */
const OWN_ACCOUNT_ONLY: ReadonlySet<string> = new Set(["CreateSecret"]);

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html */
export const questions: Questions = ({ operation, input, accountId, region }) => {
  const action = `secretsmanager:${operation}`;
  const SecretId = textOf(input, "SecretId") ?? textOf(input, "Name");
  if (SecretId === undefined) {
    // With filters, BatchGetSecretValue lists too: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html
    const lists = operation === "BatchGetSecretValue" && input["Filters"] !== undefined;
    const actions = lists ? [action, "secretsmanager:ListSecrets"] : [action];
    return actions.map((each) => ({ action: each, resources: ["*"], accountId }));
  }
  const key = secretKey({ accountId, region }, SecretId);
  const question: Question = {
    action,
    resources: [secretArn(key)],
    accountId: key.accountId,
    asksResource: !OWN_ACCOUNT_ONLY.has(operation),
  };
  const RotationLambdaARN = textOf(input, "RotationLambdaARN");
  if (!RotationLambdaARN) return [question];
  return [question, { action: "lambda:InvokeFunction", resources: [RotationLambdaARN], accountId: key.accountId }];
};
