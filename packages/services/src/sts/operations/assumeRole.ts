import { compilePolicy, InvalidPolicy, parseRoleArn } from "@hearth/access";
import {
  AccessDeniedException,
  globalArn,
  integer,
  NotImplementedException,
  structure,
  text,
  ValidationException,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { credentialsOf, credentialsShape } from "../credentialsOf.ts";
import type { StsDeps } from "../deps.ts";
import { MalformedPolicyDocument } from "../errors.ts";

const HOUR_SECONDS = 3600;

const MAX_POLICY = 2048;

/**
 * The authorizer has decided before whether the caller may assume the role: by the role's trust policy and the caller's own policies.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export const assumeRole = operation({
  name: "AssumeRole",
  input: structure({
    RoleArn: text({
      min: 20,
      max: 2048,
      pattern: "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD]+",
    }),
    RoleSessionName: text({ min: 2, max: 64, pattern: "[\\w+=,.@-]*" }),
    DurationSeconds: integer({ min: 900, max: 43_200 }).optional(),
    ExternalId: text({ min: 2, max: 1224, pattern: "[\\w+=,.@:\\/-]*" }).optional(),
    Policy: text({ min: 1, pattern: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" }).optional(),
    SourceIdentity: text({ min: 2, max: 64, pattern: "[\\w+=,.@-]*" }).optional(),
    PolicyArns: z.unknown().optional(),
    Tags: z.unknown().optional(),
  }),
  output: structure({
    Credentials: credentialsShape,
    AssumedRoleUser: structure({ AssumedRoleId: z.string(), Arn: z.string() }),
    PackedPolicySize: z.int().optional(),
    SourceIdentity: z.string().optional(),
  }),
  errors: [AccessDeniedException, ValidationException, MalformedPolicyDocument, NotImplementedException],
  async handle(input, { caller, region }, { identities, sessions, clock }: StsDeps) {
    const { RoleArn, RoleSessionName, Policy, SourceIdentity } = input;
    refuseUnbuilt({ PolicyArns: input.PolicyArns, Tags: input.Tags });
    if (Policy !== undefined) checkSessionPolicy(Policy);
    const parts = parseRoleArn(RoleArn);
    if (!parts) throw new ValidationException(`${RoleArn} is invalid`);
    const { accountId, RoleName } = parts;
    const role = await identities.find("role", accountId, RoleName);
    if (!role) {
      throw new AccessDeniedException(
        `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
      );
    }
    const seconds = input.DurationSeconds ?? HOUR_SECONDS;
    if (caller.principal.kind === "role" && seconds > HOUR_SECONDS) {
      throw new ValidationException(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
      );
    }
    if (seconds > role.MaxSessionDuration) {
      throw new ValidationException("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
    }
    const arn = globalArn({
      service: "sts",
      region,
      accountId,
      resource: `assumed-role/${RoleName}/${RoleSessionName}`,
    });
    const userId = `${role.id}:${RoleSessionName}`;
    const credentials = sessions.issue({
      caller: {
        accountId,
        arn,
        userId,
        principal: {
          kind: "role",
          RoleName,
          RoleId: role.id,
          sessionName: RoleSessionName,
          ...(Policy !== undefined && { sessionPolicy: Policy }),
        },
      },
      issuedAt: clock.now(),
      expiresAt: clock.now() + seconds * 1000,
      ...(caller.channel !== undefined && { channel: caller.channel }),
    });
    return {
      Credentials: credentialsOf(credentials),
      AssumedRoleUser: { AssumedRoleId: userId, Arn: arn },
      ...(Policy !== undefined && { PackedPolicySize: Math.ceil((Policy.length / MAX_POLICY) * 100) }),
      SourceIdentity,
    };
  },
});

function refuseUnbuilt(members: Readonly<Record<string, unknown>>): void {
  for (const [member, value] of Object.entries(members)) {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    throw new NotImplementedException(`AssumeRole with ${member} is not implemented by Hearth.`);
  }
}

function checkSessionPolicy(document: string): void {
  if (document.length > MAX_POLICY) {
    throw new ValidationException(
      `1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to ${MAX_POLICY}`,
    );
  }
  try {
    compilePolicy(document);
  } catch (error) {
    if (!(error instanceof InvalidPolicy)) throw error;
    throw new MalformedPolicyDocument(error.message);
  }
}
