import { choice, integer, structure, structures, text, timestamp } from "@hearth/model";
import { z } from "zod";

const NAME = "[0-9a-zA-Z-_.]+";

export const Name = text({ min: 1, max: 64, pattern: NAME });
export const NamePrefix = text({ min: 1, max: 64, pattern: NAME });
export const ClientToken = text({ min: 1, max: 64, pattern: "[a-zA-Z0-9-_]+" });
export const State = choice(["ENABLED", "DISABLED"]);
export const MaxResults = integer({ min: 1, max: 100 });
export const NextToken = text({ min: 1, max: 2048 });
export const ResourceArn = text({
  min: 1,
  max: 1011,
  pattern: "arn:aws(-[a-z]+)?:scheduler:[a-z0-9\\-]+:\\d{12}:schedule-group\\/[0-9a-zA-Z-_.]+",
});
export const TagKey = text({ min: 1, max: 128 });
export const Tags = structures(structure({ Key: TagKey, Value: text({ min: 1, max: 256 }) }), { max: 200 });

const DeadLetterArn = text({
  min: 1,
  max: 1600,
  pattern: "arn:aws(-[a-z]+)?:sqs:[a-z0-9\\-]+:\\d{12}:[a-zA-Z0-9\\-_]+",
});
const RoleArn = text({ min: 1, max: 1600, pattern: "arn:aws(-[a-z]+)?:iam::\\d{12}:role\\/[\\w+=,.@\\/-]+" });
/** AWS's pattern, without the part for paths into events, which belongs to pipes. */
const Source = text({ min: 1, max: 256, pattern: "(?=[/\\.\\-_A-Za-z0-9]+)((?!aws\\.).*)" });

export const FlexibleTimeWindow = structure({
  Mode: choice(["OFF", "FLEXIBLE"]),
  MaximumWindowInMinutes: integer({ min: 1, max: 1440 }).optional(),
});

/** Targets that Hearth has not: a schedule with one of these is refused, with a reason. */
const Other = z.record(z.string(), z.unknown()).optional();

export const Target = structure({
  Arn: text({ min: 1, max: 1600 }),
  RoleArn,
  Input: text({ min: 1, max: 262_144 }).optional(),
  DeadLetterConfig: structure({ Arn: DeadLetterArn.optional() }).optional(),
  RetryPolicy: structure({
    MaximumEventAgeInSeconds: integer({ min: 60, max: 86_400 }).optional(),
    MaximumRetryAttempts: integer({ min: 0, max: 185 }).optional(),
  }).optional(),
  SqsParameters: structure({ MessageGroupId: text({ min: 1, max: 128 }).optional() }).optional(),
  EventBridgeParameters: structure({ DetailType: text({ min: 1, max: 128 }), Source }).optional(),
  KinesisParameters: structure({ PartitionKey: text({ min: 1, max: 256 }) }).optional(),
  EcsParameters: Other,
  SageMakerPipelineParameters: Other,
});

/** What CreateSchedule and UpdateSchedule have in common. */
export const ScheduleMembers = {
  Name,
  GroupName: Name.optional(),
  ClientToken: ClientToken.optional(),
  Description: text({ max: 512 }).optional(),
  ScheduleExpression: text({ min: 1, max: 256 }),
  ScheduleExpressionTimezone: text({ min: 1, max: 50 }).optional(),
  StartDate: timestamp().optional(),
  EndDate: timestamp().optional(),
  FlexibleTimeWindow,
  Target,
  State: State.optional(),
  ActionAfterCompletion: choice(["NONE", "DELETE"]).optional(),
  KmsKeyArn: text({
    min: 1,
    max: 2048,
    pattern: "arn:aws(-[a-z]+)?:kms:[a-z0-9\\-]+:\\d{12}:(key|alias)\\/[0-9a-zA-Z-_]*",
  }).optional(),
};

export type ScheduleInput = z.output<ReturnType<typeof structure<typeof ScheduleMembers>>>;

export const GroupAnswer = structure({
  Arn: z.string(),
  Name: z.string(),
  State: z.string(),
  CreationDate: z.date(),
  LastModificationDate: z.date(),
});

/** Settings are shown as they were given; `Target` is read by the same schema. */
export const ScheduleAnswer = structure({
  Arn: z.string(),
  GroupName: z.string(),
  Name: z.string(),
  State: z.string(),
  Description: z.string().optional(),
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.string(),
  StartDate: z.date().optional(),
  EndDate: z.date().optional(),
  FlexibleTimeWindow,
  Target,
  ActionAfterCompletion: z.string(),
  KmsKeyArn: z.string().optional(),
  CreationDate: z.date(),
  LastModificationDate: z.date(),
});
