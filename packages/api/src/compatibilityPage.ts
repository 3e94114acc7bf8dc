import { API_GATEWAY_SECTION } from "./compatibilityOfApiGateway.ts";
import { CLOUDWATCH_SECTION } from "./compatibilityOfCloudWatch.ts";
import { DYNAMODB_SECTION } from "./compatibilityOfDynamoDb.ts";
import { EVENT_SOURCES_SECTION } from "./compatibilityOfEventSources.ts";
import { KINESIS_SECTION } from "./compatibilityOfKinesis.ts";
import { EVENTBRIDGE_SECTION } from "./compatibilityOfEventBridge.ts";
import { IOT_SECTION } from "./compatibilityOfIot.ts";
import { LOGS_SECTION } from "./compatibilityOfLogs.ts";
import { OWN_SOURCES_SECTION } from "./compatibilityOfOwnSources.ts";
import { S3_SECTION } from "./compatibilityOfS3.ts";
import { SNS_SECTION } from "./compatibilityOfSns.ts";
import { SCHEDULER_SECTION } from "./compatibilityOfScheduler.ts";
import { SQS_SECTION } from "./compatibilityOfSqs.ts";
import { SECRETS_SECTION } from "./compatibilityOfSecrets.ts";
import { SSM_SECTION } from "./compatibilityOfSsm.ts";
import { notBuilt } from "./notBuilt.ts";
import { operations } from "./operations.ts";

/** Operations that work in part, with what is missing. Every other operation in the table works. */
const PARTLY: Readonly<Record<string, string>> = {
  CreateFunction:
    "Code comes inline (`ZipFile`), from a bucket of Hearth or of the S3 service of HEARTH_S3_ENDPOINT, or as an image that the Docker Engine has or can pull. Answered NotImplementedException: `S3ObjectStorageMode: REFERENCE`, `S3FilesConfig`, `PublishTo`, `TenancyConfig`, `CapacityProviderConfig`, `DurableConfig`.",
  UpdateFunctionCode: "As CreateFunction.",
  UpdateFunctionConfiguration: "As CreateFunction.",
  Invoke:
    "`RequestResponse`, `Event` and `DryRun`. An `Event` is refused with TooManyRequestsException while the account's stored events hold `HEARTH_EVENT_STORAGE_MB`; AWS names no such limit. `X-Amz-Tenant-Id` and durable executions are not built.",
  InvokeWithResponseStream: "As Invoke. Bandwidth is not limited, as AWS limits it after the first 6 MB.",
  AddPermission:
    "A statement can let in users, other accounts and services that call functions. Hearth has no organisations, so a statement with `PrincipalOrgID` allows no caller.",
  PutResourcePolicy:
    "As AddPermission; denials hold for the account's own users and root too. The document is kept without its white space. Nothing forbids public policies: PublicPolicyException does not occur.",
  PutFunctionEventInvokeConfig:
    "Retries, age and destinations are honoured; the role is checked as on AWS. Functions, queues, topics and event buses are sent to, and for failures buckets of this Hearth.",
  UpdateFunctionEventInvokeConfig: "As PutFunctionEventInvokeConfig.",
  CreateCodeSigningConfig:
    "Kept and attached. No signature can be verified here: `Warn` takes any code, `Enforce` refuses all (docs/adr).",
  UpdateCodeSigningConfig: "As CreateCodeSigningConfig.",
  CreateEventSourceMapping:
    "Queues, streams and tables of Hearth, Kafka and RabbitMQ are polled, see below. Every member is checked and shown; mappings of other kinds of sources are kept, and their `LastProcessingResult` says that they are not polled.",
  UpdateEventSourceMapping: "As CreateEventSourceMapping.",
};

/** Settings that Hearth stores and shows without any effect. */
const KEPT: Readonly<Record<string, string>> = {
  "`VpcConfig`":
    "The function's network is Hearth's own: subnets and security groups are kept and not looked up, and `VpcId` is the same for all functions of an account and region.",
  "`KMSKeyArn`, `Code.SourceKMSKeyArn`":
    "`KMSKeyArn` is kept; variables are encrypted with the key of the installation. `SourceKMSKeyArn` is refused.",
  "`TracingConfig.Mode`":
    "`Active` samples as on AWS: one invocation a second of each function and 5 % of the others, unless the caller has decided. Spans go to OTEL_EXPORTER_OTLP_ENDPOINT, not to X-Ray: there is no `AWS_XRAY_DAEMON_ADDRESS`.",
  "`SnapStart.ApplyOn`":
    "Hooks run, no snapshot is made: each environment of a published version calls the hooks before the snapshot at the end of its init, and those after the restore at once (docs/runtimes.md). `OptimizationStatus` is `On` for active versions; functions start from a pool of booted sandboxes.",
  "`Architectures`":
    "Code runs on the machine's own architecture. Custom runtimes and images that ask for another one are refused, unless `HEARTH_ARCHITECTURES` names it.",
  "`CompatibleRuntimes`, `CompatibleArchitectures` of layers":
    "They filter listings, as on AWS; any function may use the layer.",
  "`OrganizationId` of AddLayerVersionPermission":
    "Hearth has no organisations: such a statement is kept and gives no other account the layer.",
  "`Role`":
    "Any well-formed role ARN is taken, whether there is such a role or not, unless `HEARTH_STRICT_ROLES=1`. A function whose role is not held here may write its own log and nothing else.",
  "`UpdateRuntimeOn`, `RuntimeVersionArn`":
    "With HEARTH_RUNTIME_IMAGES=aws or a registry: the digest of an image is the version of a runtime; `Auto` functions get the newest one within a day, `FunctionUpdate` with each update, `Manual` the one named. Else runtimes are those of this machine's images, whatever the mode.",
  "`MasterRegion` of ListFunctions":
    "Nothing is replicated between regions: of a region that is named, the list is empty.",
};

/** docs/compatibility.md, generated from the table of operations. */
export function compatibilityPage(): string {
  const built = operations.map(({ name }) => name).toSorted((a, b) => a.localeCompare(b, "en"));
  const missing = notBuilt.toSorted((a, b) => a.name.localeCompare(b.name, "en"));
  const rows = [
    ...built.map((name) => {
      const partly = PARTLY[name];
      return partly === undefined ? `| ${name} | works | |` : `| ${name} | partly | ${partly} |`;
    }),
    ...missing.map(({ name, why }) => `| ${name} | not built | ${why} |`),
  ];
  return `# What of AWS Lambda is here

Every operation of the Lambda API, as \`@aws-sdk/client-lambda\` knows it: ${built.length} of ${built.length + missing.length} are built.
What is not built answers 400 \`NotImplementedException\` with the operation's name, at once.

| Operation | State | |
|---|---|---|
${rows.join("\n")}

## Settings that are kept but not acted on

| Setting | Here |
|---|---|
${Object.entries(KEPT)
  .map(([setting, meaning]) => `| ${setting} | ${meaning} |`)
  .join("\n")}

## Where Hearth differs on purpose

- A runtime that this machine cannot serve is refused with InvalidParameterValueException that says why, and which run here. Runtimes that AWS has
  deprecated but not yet blocked are taken.
- The \`StateReason\` of an active function, which AWS leaves out, says where its runtime is another version here and which of its settings have no effect.
- \`ImageUri\` may name any image that the engine has or can pull, not only ECR's; without a tag it means \`latest\`. A name with a registry's
  host is asked there, one without is taken from the engine where it has it. An image needs the docker driver. Sandboxes of images are not booted ahead.
  Where its registry cannot be asked, the refusal says that it could not be looked up; why is in the log. Registries at private addresses
  are asked only where HEARTH_IMAGE_REPOSITORIES names them.
- The access point of \`FileSystemConfigs\` stands for a folder of the host that HEARTH_FILE_SYSTEMS names; \`VpcConfig\` is not needed for it.
- Extensions, the Telemetry API and the Logs API work in sandboxes of all runtimes and images; [extensions.md](extensions.md) says where they differ.
- \`/tmp\` has the size that \`EphemeralStorage\` says, and is memory: what lies in it does not count towards \`MemorySize\`, as on AWS. Shared memory counts as \`/tmp\`.
- \`Code.Location\` of GetFunction is a link to Hearth itself, signed with the caller's key and good for ten minutes.
- Subnets and security groups are not looked up, as there is no EC2 here; and what AWS was seen to take or refuse beyond its published model is followed only where
  it was recorded without doubt: the pattern in the refusal of a resource that cannot have tags is the published one.
- An update that is repeated with the same \`amz-sdk-invocation-id\` is answered as the first; AWS may answer with a conflict.

${EVENT_SOURCES_SECTION}${S3_SECTION}

${SQS_SECTION}

${KINESIS_SECTION}
${DYNAMODB_SECTION}

${SCHEDULER_SECTION}

${SSM_SECTION}

${SECRETS_SECTION}

${CLOUDWATCH_SECTION}

${LOGS_SECTION}

${SNS_SECTION}

${EVENTBRIDGE_SECTION}
${IOT_SECTION}

${API_GATEWAY_SECTION}
${OWN_SOURCES_SECTION}

This page is generated from \`packages/api/src/operations.ts\` and \`notBuilt.ts\`: \`npm run test:unit -- compatibilityPage --update\` writes it anew.
`;
}
