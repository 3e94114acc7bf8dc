import { blob, bool, choice, integer, list, structure, structures, text } from "@hearth/model";
import { z } from "zod";

export const SecretId = text({ min: 1, max: 2048 });
export const ClientRequestToken = text({ min: 32, max: 64 }).optional();
export const Description = text({ max: 2048 }).optional();
export const KmsKeyId = text({ max: 2048 }).optional();
export const NextToken = text({ min: 1, max: 4096 }).optional();
export const VersionStage = text({ min: 1, max: 256 });
export const Bool = bool().optional();
export const TagKey = text({ min: 1, max: 128 });
export const Tags = structures(structure({ Key: TagKey.optional(), Value: text({ max: 256 }).optional() }));

/** The value, one of the two. */
export const ValueMembers = {
  SecretString: text({ min: 1, max: 65_536 }).optional(),
  SecretBinary: blob()
    .refine(({ byteLength }) => byteLength >= 1 && byteLength <= 65_536, {
      error: "Member must have length less than or equal to 65536",
    })
    .optional(),
};

export const RotationRules = structure({
  AutomaticallyAfterDays: integer({ min: 1, max: 1000 }).optional(),
  Duration: text({ min: 2, max: 3, pattern: "[0-9]+h" }).optional(),
  ScheduleExpression: text({ min: 1, max: 256, pattern: "[0-9A-Za-z\\(\\)#\\?\\*\\-\\/, ]+" }).optional(),
});

export const Filters = structures(
  structure({
    Key: choice(["description", "name", "tag-key", "tag-value", "primary-region", "owning-service", "all"]).optional(),
    Values: list({ max: 512 }, { min: 1, max: 10 }).optional(),
  }),
  { max: 10 },
).optional();

/** What most operations answer. */
export const Named = structure({ ARN: z.string(), Name: z.string() });
export const WithVersion = structure({ ARN: z.string(), Name: z.string(), VersionId: z.string().optional() });

const FACTS = {
  ARN: z.string(),
  Name: z.string(),
  Description: z.string().optional(),
  KmsKeyId: z.string().optional(),
  RotationEnabled: z.boolean().optional(),
  RotationLambdaARN: z.string().optional(),
  RotationRules: RotationRules.optional(),
  LastRotatedDate: z.date().optional(),
  LastChangedDate: z.date(),
  LastAccessedDate: z.date().optional(),
  DeletedDate: z.date().optional(),
  NextRotationDate: z.date().optional(),
  Tags: z.array(structure({ Key: z.string(), Value: z.string() })),
  CreatedDate: z.date(),
};
const Stages = z.record(z.string(), z.array(z.string()));

export const SecretAnswer = structure({ ...FACTS, VersionIdsToStages: Stages.optional() });
export const ListedSecret = structure({ ...FACTS, SecretVersionsToStages: Stages.optional() });

export const SecretValueAnswer = structure({
  ARN: z.string(),
  Name: z.string(),
  VersionId: z.string(),
  SecretBinary: blob().optional(),
  SecretString: z.string().optional(),
  VersionStages: z.array(z.string()),
  CreatedDate: z.date(),
});
