import { passRoleQuestion, type Question, type Questions, textOf } from "@hearth/access";
import { apiArn } from "../apigatewayv2/apiArn.ts";

export const PRINCIPAL = "apigateway.amazonaws.com";

/** What stands in for an operation when a definition is imported: it sets what other operations set one by one. */
export const DEFINITION = "ImportedDefinition";

type Asked = Pick<Parameters<Questions>[0], "input" | "accountId" | "region">;

/** What a definition does that its importer must be allowed to. */
export interface DefinitionInput {
  readonly restapi_id?: string;
  readonly roles: readonly string[];
  readonly setsPolicy: boolean;
}

export function questionsOfDefinition(asked: Asked): readonly Question[] {
  const { roles, setsPolicy } = asked.input as unknown as DefinitionInput;
  return [
    ...(setsPolicy ? [policyQuestion(asked)] : []),
    ...roles.map((role) => passRoleQuestion(asked.accountId, role, PRINCIPAL)),
  ];
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/security_iam_service-with-iam.html */
export function policyQuestion({ input, accountId, region }: Asked): Question {
  const path = `/restapis/${encodeURIComponent(textOf(input, "restapi_id") ?? "*")}`;
  return { action: "apigateway:UpdateRestApiPolicy", resources: [apiArn({ region }, path)], accountId };
}

interface Patch {
  readonly path?: string;
  readonly value?: string;
}

/** The operations of a PATCH. */
export function patchOf(input: Asked["input"]): readonly Patch[] {
  const { patchOperations } = input as { readonly patchOperations?: unknown };
  return Array.isArray(patchOperations) ? (patchOperations as readonly Patch[]) : [];
}

const ROLES: ReadonlySet<string | undefined> = new Set([
  "/credentials",
  "/authorizerCredentials",
  "/cloudwatchRoleArn",
]);

/** The role that the operation lets API Gateway use. */
export function roleOf({ path, value }: Patch): readonly string[] {
  return ROLES.has(path) && typeof value === "string" ? [value] : [];
}

/**
 * Whether a text in the place of a role names one: `arn:aws:iam::*:user/*` stands for the caller. A text with variables of the stage may become the ARN of any
 * role, so only a caller who may pass all roles that match it as it is written may use it.
 */
export function isRole(text: string): boolean {
  return text !== "" && (text.includes("${") || !/^arn:[^:]*:iam::[^:]*:user\//.test(text));
}
