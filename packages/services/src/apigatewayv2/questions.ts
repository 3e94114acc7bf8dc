import { passRoleQuestion, type Question, type Questions, textOf } from "@hearth/access";
import { restOperations } from "../apigateway/operations.ts";
import {
  DEFINITION,
  isRole,
  patchOf,
  policyQuestion,
  PRINCIPAL,
  questionsOfDefinition,
  roleOf,
} from "../apigateway/restQuestions.ts";
import { apiArn } from "./apiArn.ts";
import { operations } from "./operations.ts";

interface Route {
  readonly method: string;
  /** Without the version. */
  readonly path: string;
  readonly labels: readonly string[];
}

/** By name: operations of both versions of the API may have the same one. */
const routes = Map.groupBy(
  [...operations, ...restOperations].map(({ name, http }) => {
    const [method = "GET", template = "/"] = http ?? [];
    const [path = "/"] = template.replace(/^\/v2/, "").split("?");
    return { name, method, path, labels: [...path.matchAll(/\{(\w+)\}/g)].map(([, label = ""]) => label) };
  }),
  ({ name }) => name,
);

/** The route of the version whose labels the input has. Where both have them, they are the same but for the version. */
function routeOf(operation: string, input: Parameters<Questions>[0]["input"]): Route {
  const all = routes.get(operation) ?? [];
  const found = all.find(({ labels }) => labels.every((label) => textOf(input, label) !== undefined));
  return found ?? all[0] ?? { method: "GET", path: "/", labels: [] };
}

/**
 * The actions of API Gateway are the HTTP methods, its resources the paths.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-using-iam-policies-to-create-and-manage-api.html
 */
export const questions: Questions = ({ operation, input, accountId, region }) => {
  if (operation === DEFINITION) return questionsOfDefinition({ input, accountId, region });
  const { method, path: template } = routeOf(operation, input);
  const path = template.replaceAll(/\{(\w+)\}/g, (_, label: string) => encodeURIComponent(textOf(input, label) ?? "*"));
  const about: Question = { action: `apigateway:${method}`, resources: [apiArn({ region }, path)], accountId };
  const members = ["credentialsArn", "authorizerCredentialsArn", "credentials", "authorizerCredentials"];
  const roles = [...members.flatMap((member) => textOf(input, member) ?? []), ...patchOf(input).flatMap(roleOf)];
  const setsPolicy =
    (operation === "CreateRestApi" && textOf(input, "policy") !== undefined) ||
    (operation === "UpdateRestApi" && patchOf(input).some((one) => one.path === "/policy"));
  return [
    about,
    ...(setsPolicy ? [policyQuestion({ input, accountId, region })] : []),
    ...roles.filter(isRole).map((role) => passRoleQuestion(accountId, role, PRINCIPAL)),
  ];
};
