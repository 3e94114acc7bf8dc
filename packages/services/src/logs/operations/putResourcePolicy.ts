import { compilePolicy } from "@hearth/access";
import { structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { LogsDeps } from "../deps.ts";
import { InvalidParameterException, LimitExceededException } from "../errors.ts";

/** AWS's limits per account and region, and of the document of an account. */
const MAX_POLICIES = 10;
const MAX_LENGTH = 5_120;

export const putResourcePolicy = operation({
  name: "PutResourcePolicy",
  input: structure({
    policyName: text({ min: 1, max: 512 }),
    policyDocument: text({ min: 1, max: MAX_LENGTH, anyCharacter: true }),
    resourceArn: text({ min: 1 }).optional(),
    expectedRevisionId: text({ min: 1 }).optional(),
  }),
  output: structure({
    resourcePolicy: structure({ policyName: z.string(), policyDocument: z.string(), lastUpdatedTime: z.number() }),
  }),
  errors: [InvalidParameterException, LimitExceededException],
  async handle(input, context, { resourcePolicies, clock }: Pick<LogsDeps, "resourcePolicies" | "clock">) {
    const { policyName, policyDocument } = input;
    if (input.resourceArn !== undefined || input.expectedRevisionId !== undefined) {
      throw new InvalidParameterException(
        "Policies of single log groups are not implemented by Hearth; those of accounts are.",
      );
    }
    check(policyDocument);
    const policy = { policyName, policyDocument, lastUpdatedTime: clock.now() };
    if (await resourcePolicies.put(context, policy, MAX_POLICIES)) return { resourcePolicy: policy };
    throw new LimitExceededException("Resource limit exceeded.");
  },
});

function check(document: string): void {
  try {
    compilePolicy(document);
  } catch (error) {
    throw new InvalidParameterException(
      `Invalid policy document: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
