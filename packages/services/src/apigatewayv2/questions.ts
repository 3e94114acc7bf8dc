import { passRoleQuestion, type Question, type Questions, textOf } from "@hearth/access";
import { apiArn } from "./apiArn.ts";
import { operations } from "./operations.ts";

export const PRINCIPAL = "apigateway.amazonaws.com";

const routes = new Map(operations.map(({ name, http }) => [name, http]));

/**
 * The actions of API Gateway are the HTTP methods, its resources the paths.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-using-iam-policies-to-create-and-manage-api.html
 */
export const questions: Questions = ({ operation, input, accountId, region }) => {
  const [method = "GET", template = "/"] = routes.get(operation) ?? [];
  const path = template.replace(/^\/v2/, "").replaceAll(/\{(\w+)\}/g, (_, label: string) => {
    return encodeURIComponent(textOf(input, label) ?? "*");
  });
  const about: Question = { action: `apigateway:${method}`, resources: [apiArn({ region }, path)], accountId };
  const roles = ["credentialsArn", "authorizerCredentialsArn"].flatMap((member) => textOf(input, member) ?? []);
  return [about, ...roles.filter((role) => role !== "").map((role) => passRoleQuestion(accountId, role, PRINCIPAL))];
};
