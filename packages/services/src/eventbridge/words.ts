import { bool, choice, integer, list, structure, structures, text } from "@hearth/model";
import { z } from "zod";

/** EventBridge's constraints, with the patterns as AWS prints them. */
const NAME = "[\\.\\-_A-Za-z0-9]+";

export const EventBusName = text({ min: 1, max: 256, pattern: "[/\\.\\-_A-Za-z0-9]+" });
export const NonPartnerEventBusName = text({ min: 1, max: 256, pattern: NAME });
export const EventBusNameOrArn = text({
  min: 1,
  max: 1600,
  pattern: "(arn:aws[\\w-]*:events:[a-z]+-[a-z]+-[\\w-]+:[0-9]{12}:event-bus\\/)?[/\\.\\-_A-Za-z0-9]+",
});
export const RuleName = text({ min: 1, max: 64, pattern: NAME });
export const Arn = text({ min: 1, max: 1600 });
export const EventPattern = text({ max: 4096 });
export const Description = text({ max: 512 });
export const NextToken = text({ min: 1, max: 2048 });
export const Limit = integer({ min: 1, max: 100 });
export const State = choice(["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"]);
export const Tags = structures(structure({ Key: text({ min: 1, max: 128 }), Value: text({ max: 256 }) }));
export const DeadLetterConfig = structure({ Arn: Arn.optional() });
export const LogConfig = structure({
  IncludeDetail: choice(["NONE", "FULL"]).optional(),
  Level: choice(["OFF", "ERROR", "INFO", "TRACE"]).optional(),
});
export const KmsKeyIdentifier = text({ max: 2048, pattern: "^[a-zA-Z0-9_\\-/:]*$" });

/** The members of every listing. */
export const Paging = { NextToken: NextToken.optional(), Limit: Limit.optional() };

/** Names and values of parameters of HTTP requests. */
export const HeaderName = text({ max: 512, pattern: "^[!#$%&'*+-.^_`|~0-9a-zA-Z]+$" });
export const HeaderValue = text({
  max: 512,
  pattern: "^[ \\t]*[\\x20-\\x7E]+([ \\t]+[\\x20-\\x7E]+)*[ \\t]*$",
  linearPattern: "\\t*[\\x20-\\x7E][\\t\\x20-\\x7E]*",
});
export const QueryName = text({ max: 512, pattern: "[^\\x00-\\x1F\\x7F]+" });
export const QueryValue = text({ max: 512, pattern: "[^\\x00-\\x09\\x0B\\x0C\\x0E-\\x1F\\x7F]+" });

const HttpParameters = structure({
  PathParameterValues: list({ pattern: "^(?!\\s*$).+" }).optional(),
  HeaderParameters: z.record(HeaderName, HeaderValue).optional(),
  QueryStringParameters: z.record(QueryName, QueryValue).optional(),
});

/** Parameters of targets that Hearth does not send to; a target that has them names such a service in its ARN. */
const Elsewhere = z.looseObject({}).optional();

export const Target = structure({
  Id: text({ min: 1, max: 64, pattern: NAME }),
  Arn,
  RoleArn: Arn.optional(),
  Input: text({ max: 8192 }).optional(),
  InputPath: text({ max: 256 }).optional(),
  InputTransformer: structure({
    InputPathsMap: z.record(z.string(), text({ max: 256 })).optional(),
    InputTemplate: text({ min: 1, max: 8192 }),
  }).optional(),
  SqsParameters: structure({ MessageGroupId: text({ max: 100 }).optional() }).optional(),
  HttpParameters: HttpParameters.optional(),
  DeadLetterConfig: DeadLetterConfig.optional(),
  RetryPolicy: structure({
    MaximumRetryAttempts: integer({ min: 0, max: 185 }).optional(),
    MaximumEventAgeInSeconds: integer({ min: 60, max: 86_400 }).optional(),
  }).optional(),
  KinesisParameters: structure({ PartitionKeyPath: text({ max: 256 }) }).optional(),
  RunCommandParameters: Elsewhere,
  EcsParameters: Elsewhere,
  BatchParameters: Elsewhere,
  RedshiftDataParameters: Elsewhere,
  SageMakerPipelineParameters: Elsewhere,
  AppSyncParameters: Elsewhere,
});

export const FailedEntries = z.array(
  structure({ TargetId: z.string(), ErrorCode: z.string(), ErrorMessage: z.string() }),
);

export const Force = bool().optional();
/** Times of answers, in seconds since the epoch. */
export const Seconds = z.number();
