import { compilePolicy, InvalidPolicy } from "@hearth/access";
import type { ApiRecord } from "@hearth/store";
import { BadRequestException } from "../apigatewayv2/errors.ts";

type Owner = Pick<ApiRecord, "apiId" | "accountId" | "region">;

/**
 * The resource policy of an API as it is kept: `execute-api:/stage/GET/path` becomes the whole ARN. Throws BadRequestException for what is no policy.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-create-attach.html
 */
export function keptPolicy(text: string, { apiId, accountId, region }: Owner): string {
  const policy = read(text);
  const whole = (resource: unknown): unknown =>
    typeof resource === "string" && resource.startsWith("execute-api:/")
      ? resource.replace("execute-api:/", `arn:aws:execute-api:${region}:${accountId}:${apiId}/`)
      : resource;
  const statement = (one: Readonly<Record<string, unknown>>): object =>
    Object.fromEntries(
      Object.entries(one).map(([key, value]) => {
        if (key !== "Resource" && key !== "NotResource") return [key, value];
        return [key, Array.isArray(value) ? value.map(whole) : whole(value)];
      }),
    );
  const { Statement, ...rest } = policy;
  const statements = (Array.isArray(Statement) ? Statement : [Statement]) as Readonly<Record<string, unknown>>[];
  return JSON.stringify({ ...rest, Statement: statements.map(statement) });
}

function read(text: string): Readonly<Record<string, unknown>> {
  try {
    const policy = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (compilePolicy(text).length > 0) return policy;
  } catch (error) {
    if (!(error instanceof InvalidPolicy || error instanceof SyntaxError)) throw error;
  }
  throw new BadRequestException(
    "Invalid policy document. Please check the policy syntax and ensure that Principals are valid.",
  );
}

/** A policy as answers show it: the text of a JSON string without its quotation marks. */
export function shownPolicy(policy: string): string {
  return JSON.stringify(policy).slice(1, -1);
}
