import {
  globalArn,
  InvalidParameterValueException,
  layerArn,
  PolicyLengthExceededException,
  PreconditionFailedException,
  ResourceConflictException,
  ResourceNotFoundException,
  structure,
  text,
} from "@hearth/model";
import type { PolicyStatement } from "@hearth/store";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { checkVersionNumber, LayerName, ownLayer, VersionNumber } from "../layers/layerMembers.ts";
import { z } from "zod";

/** https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html */
export const addLayerVersionPermission = operation({
  name: "AddLayerVersionPermission",
  http: ["POST", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy", 201],
  query: { RevisionId: "RevisionId" },
  input: structure({
    LayerName,
    VersionNumber,
    StatementId: text({ min: 1, max: 100, pattern: "([a-zA-Z0-9-_]+)" }),
    Action: text({ max: 22, pattern: "lambda:GetLayerVersion" }),
    Principal: text({ max: 10_000, pattern: "\\d{12}|\\*|arn:(aws[a-zA-Z-]*):iam::\\d{12}:root" }),
    OrganizationId: text({ max: 34, pattern: "o-[a-z0-9]{10,32}" }).optional(),
    RevisionId: text().optional(),
  }),
  output: structure({ Statement: z.string(), RevisionId: z.string() }).partial(),
  errors: [
    InvalidParameterValueException,
    ResourceNotFoundException,
    ResourceConflictException,
    PreconditionFailedException,
    PolicyLengthExceededException,
  ],
  async handle(input, context, { layers }: Pick<ApiDeps, "layers">) {
    const owned = ownLayer(input.LayerName, context, "AddLayerVersionPermission", input.VersionNumber);
    checkVersionNumber(input.VersionNumber);
    const { Principal, OrganizationId } = input;
    if (OrganizationId !== undefined && Principal !== "*") {
      throw new InvalidParameterValueException("OrganizationId can only be specified when Principal is '*'.");
    }
    const key = { ...owned, Version: input.VersionNumber };
    const statement: PolicyStatement = {
      Sid: input.StatementId,
      Effect: "Allow",
      Principal: Principal === "*" ? "*" : { AWS: rootOf(Principal, owned.region) },
      Action: input.Action,
      Resource: layerArn(key),
      ...(OrganizationId !== undefined && { Condition: { StringEquals: { "aws:PrincipalOrgID": OrganizationId } } }),
    };
    const RevisionId = await layers.addPermission(key, statement, input.RevisionId);
    return { Statement: JSON.stringify(statement), RevisionId };
  },
});

function rootOf(principal: string, region: string): string {
  return /^\d{12}$/.test(principal)
    ? globalArn({ service: "iam", region, accountId: principal, resource: "root" })
    : principal;
}
