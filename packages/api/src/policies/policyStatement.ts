import { isAwsPrincipal, isServicePrincipal } from "@hearth/access";
import { functionArn, InvalidParameterValueException, globalArn } from "@hearth/model";
import type { PolicyStatement } from "@hearth/store";
import type { Target } from "../functions/targetOf.ts";

/** The members of AddPermission that become a statement. */
export interface PermissionInput {
  readonly StatementId: string;
  readonly Action: string;
  readonly Principal: string;
  readonly SourceArn?: string | undefined;
  readonly SourceAccount?: string | undefined;
  readonly EventSourceToken?: string | undefined;
  readonly PrincipalOrgID?: string | undefined;
  readonly FunctionUrlAuthType?: string | undefined;
  readonly InvokedViaFunctionUrl?: boolean | undefined;
}

/** The policy statement that AWS stores for AddPermission. */
export function policyStatement(input: PermissionInput, { key, Qualifier }: Target): PolicyStatement {
  if (input.FunctionUrlAuthType !== undefined && input.Action !== "lambda:InvokeFunctionUrl") {
    throw new InvalidParameterValueException(
      "FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action",
    );
  }
  const StringEquals = {
    ...(input.SourceAccount !== undefined && { "AWS:SourceAccount": input.SourceAccount }),
    ...(input.EventSourceToken !== undefined && { "lambda:EventSourceToken": input.EventSourceToken }),
    ...(input.FunctionUrlAuthType !== undefined && { "lambda:FunctionUrlAuthType": input.FunctionUrlAuthType }),
    ...(input.PrincipalOrgID !== undefined && { "aws:PrincipalOrgID": input.PrincipalOrgID }),
  };
  const Condition = {
    ...(Object.keys(StringEquals).length > 0 && { StringEquals }),
    ...(input.InvokedViaFunctionUrl !== undefined && {
      Bool: { "lambda:InvokedViaFunctionUrl": String(input.InvokedViaFunctionUrl) },
    }),
    ...(input.SourceArn !== undefined && { ArnLike: { "AWS:SourceArn": input.SourceArn } }),
  };
  return {
    Sid: input.StatementId,
    Effect: "Allow",
    Principal: principalOf(input.Principal, key.region),
    Action: input.Action,
    Resource: functionArn({ ...key, Qualifier }),
    ...(Object.keys(Condition).length > 0 && { Condition }),
  };
}

function principalOf(principal: string, region: string): PolicyStatement["Principal"] {
  if (principal === "*") return "*";
  if (/^\d{12}$/.test(principal))
    return { AWS: globalArn({ service: "iam", region, accountId: principal, resource: "root" }) };
  if (isAwsPrincipal(principal)) return { AWS: principal };
  if (isServicePrincipal(principal)) return { Service: principal };
  throw new InvalidParameterValueException(
    "The provided principal was invalid. Please check the principal and try again.",
  );
}
