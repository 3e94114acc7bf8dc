import { bool, choice, integer, structure, structures, text } from "@hearth/model";
import { z } from "zod";

export const RuleName = text({ min: 1, max: 128, pattern: "[a-zA-Z0-9_]+" });
export const PolicyName = text({ min: 1, max: 128, pattern: "[\\w+=,.@-]+" });
export const PolicyVersionId = text({ pattern: "[0-9]+" });
export const CertificateId = text({ min: 64, max: 64, pattern: "(0x)?[a-fA-F0-9]+" });
export const CertificatePem = text({ min: 1, max: 65_536, pattern: "[\\s\\S]*" });
export const CertificateStatus = choice([
  "ACTIVE",
  "INACTIVE",
  "REVOKED",
  "PENDING_TRANSFER",
  "REGISTER_INACTIVE",
  "PENDING_ACTIVATION",
]);
export const Target = text({ min: 1, max: 2048 });
export const ResourceArn = text({ min: 1, max: 2048 });
export const PageSize = integer({ min: 1, max: 250 });
export const MaxResults = integer({ min: 1, max: 10_000 });
export const Marker = text({ max: 4_096 });
export const TagList = structures(
  structure({ Key: text({ min: 1, max: 128 }), Value: text({ max: 256 }).optional() }),
  { max: 50 },
);
export const TagKeys = z.array(text({ min: 1, max: 128 })).max(50);

/** Checked and compiled by the engine, which knows the actions. */
const Action = z.record(z.string(), z.record(z.string(), z.unknown()));

export const TopicRulePayload = structure({
  sql: text(),
  description: text({ max: 256 }).optional(),
  actions: z.array(Action).max(10),
  ruleDisabled: bool().optional(),
  awsIotSqlVersion: text({ max: 20 }).optional(),
  errorAction: Action.optional(),
});

export type TopicRulePayload = z.output<typeof TopicRulePayload>;

export const ShownTags = z.array(structure({ Key: z.string(), Value: z.string() }));
