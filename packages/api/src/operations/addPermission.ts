import {
  Arn,
  bool,
  choice,
  InvalidParameterValueException,
  NamespacedFunctionName,
  PolicyLengthExceededException,
  PreconditionFailedException,
  Qualifier,
  ResourceConflictException,
  ResourceNotFoundException,
  structure,
  text,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { policyStatement } from "../policies/policyStatement.ts";
import { refuseLatest } from "../policies/resourcePolicyMembers.ts";
import { targetOf } from "../functions/targetOf.ts";
import { z } from "zod";

/** https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html */
export const addPermission = operation({
  name: "AddPermission",
  http: ["POST", "/2015-03-31/functions/{FunctionName}/policy", 201],
  query: { Qualifier: "Qualifier" },
  input: structure({
    FunctionName: NamespacedFunctionName,
    StatementId: text({ min: 1, max: 100, pattern: "([a-zA-Z0-9-_]+)" }),
    Action: text({ max: 10_000, pattern: "(lambda:[*]|lambda:[a-zA-Z]+|[*])" }),
    Principal: text({ max: 2048, pattern: "[^\\s]+" }),
    SourceArn: Arn.optional(),
    SourceAccount: text({ max: 12, pattern: "\\d{12}" }).optional(),
    EventSourceToken: text({ max: 256, pattern: "[a-zA-Z0-9._\\-]+" }).optional(),
    Qualifier: Qualifier.optional(),
    RevisionId: text().optional(),
    PrincipalOrgID: text({ min: 12, max: 34, pattern: "o-[a-z0-9]{10,32}" }).optional(),
    FunctionUrlAuthType: choice(["NONE", "AWS_IAM"]).optional(),
    InvokedViaFunctionUrl: bool().optional(),
  }),
  output: structure({ Statement: z.string() }).partial(),
  errors: [
    InvalidParameterValueException,
    ResourceNotFoundException,
    ResourceConflictException,
    PreconditionFailedException,
    PolicyLengthExceededException,
  ],
  async handle(input, context, { policies }: Pick<ApiDeps, "policies">) {
    const target = targetOf(input, context, "AddPermission");
    refuseLatest(target);
    const statement = policyStatement(input, target);
    await policies.add(target.key, target.Qualifier, statement, input.RevisionId);
    return { Statement: JSON.stringify(statement) };
  },
});
