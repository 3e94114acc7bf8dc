import { type Bucket, invalidArgument, malformedXml, type NotificationTarget, S3Error } from "@hearth/objects";
import { operation, type RequestContext, wire } from "@hearth/wire";
import { z } from "zod";
import type { S3Deps } from "../deps.ts";
import { messageTo } from "../notifications/bucketEvents.ts";
import { EVENT_NAMES, overlap } from "../notifications/matching.ts";
import { bucketOf, ofBucket, OWNER_HEADER } from "../words.ts";
import { headersReply, xmlReply } from "../xml.ts";

const shared = {
  Id: z.string().max(255).optional(),
  Event: wire(z.array(z.string()), { flattened: true }),
  Filter: z
    .object({
      S3Key: z
        .object({
          FilterRule: wire(z.array(z.object({ Name: z.string(), Value: z.string() })), { flattened: true }).optional(),
        })
        .optional(),
    })
    .optional(),
};
const Configuration = z.object({
  TopicConfiguration: wire(z.array(z.object({ ...shared, Topic: z.string() })), { flattened: true }).optional(),
  QueueConfiguration: wire(z.array(z.object({ ...shared, Queue: z.string() })), { flattened: true }).optional(),
  CloudFunctionConfiguration: wire(z.array(z.object({ ...shared, CloudFunction: z.string() })), {
    flattened: true,
  }).optional(),
  EventBridgeConfiguration: z.object({}).optional(),
});
const MAX_TARGETS = 100;
const SERVICES = { Topic: "sns", Queue: "sqs", LambdaFunction: "lambda" } as const;

export const getBucketNotificationConfiguration = operation({
  name: "GetBucketNotificationConfiguration",
  http: ["GET", "/{Bucket}?notification", 200],
  headers: OWNER_HEADER,
  input: z.object(ofBucket),
  errors: [S3Error],
  async handle(asked, _context, { storage }: Pick<S3Deps, "storage">) {
    const { notifications } = (await bucketOf(asked, { storage })).settings;
    const of = (kind: NotificationTarget["kind"], member: string) =>
      (notifications?.targets ?? [])
        .filter((target) => target.kind === kind)
        .map(({ Id, TargetArn, Events, rules }) => ({
          Id,
          [member]: TargetArn,
          Event: Events,
          ...(rules.length > 0 && { Filter: { S3Key: { FilterRule: rules } } }),
        }));
    return xmlReply("NotificationConfiguration", {
      TopicConfiguration: of("Topic", "Topic"),
      QueueConfiguration: of("Queue", "Queue"),
      CloudFunctionConfiguration: of("LambdaFunction", "CloudFunction"),
      ...(notifications?.eventBridge === true && { EventBridgeConfiguration: {} }),
    });
  },
});

export const putBucketNotificationConfiguration = operation({
  name: "PutBucketNotificationConfiguration",
  http: ["PUT", "/{Bucket}?notification", 200],
  headers: { ...OWNER_HEADER, SkipDestinationValidation: "x-amz-skip-destination-validation" },
  payload: "NotificationConfiguration",
  input: z.object({
    ...ofBucket,
    SkipDestinationValidation: z.string().optional(),
    NotificationConfiguration: Configuration.default({}),
  }),
  errors: [S3Error],
  async handle(asked, context, deps: Pick<S3Deps, "storage" | "clock" | "delivery" | "random">) {
    const { storage } = deps;
    const bucket = await bucketOf(asked, { storage });
    const { NotificationConfiguration: given } = asked;
    const targets = [
      ...(given.TopicConfiguration ?? []).map((one) => targetOf(bucket, "Topic", one.Topic, one, deps)),
      ...(given.QueueConfiguration ?? []).map((one) => targetOf(bucket, "Queue", one.Queue, one, deps)),
      ...(given.CloudFunctionConfiguration ?? []).map((one) =>
        targetOf(bucket, "LambdaFunction", one.CloudFunction, one, deps),
      ),
    ];
    checkTargets(targets);
    if (asked.SkipDestinationValidation !== "true") await checkDestinations(bucket, targets, context, deps);
    const eventBridge = given.EventBridgeConfiguration !== undefined;
    const isOff = targets.length === 0 && !eventBridge;
    await storage.change(bucket, { notifications: isOff ? null : { targets, eventBridge } });
    return headersReply(200);
  },
});

interface Given {
  readonly Id?: string | undefined;
  readonly Event: readonly string[];
  readonly Filter?:
    | { readonly S3Key?: { readonly FilterRule?: NotificationTarget["rules"] | undefined } | undefined }
    | undefined;
}

function targetOf(
  { region }: Pick<Bucket, "region">,
  kind: NotificationTarget["kind"],
  TargetArn: string,
  { Id, Event, Filter }: Given,
  { random }: Pick<S3Deps, "random">,
): NotificationTarget {
  if (TargetArn.split(":")[2] !== SERVICES[kind] || TargetArn.split(":").length < 6) {
    throw invalidArgument("The ARN could not be parsed or the service is not supported", kind, TargetArn);
  }
  if (TargetArn.split(":")[3] !== region) {
    throw invalidArgument(
      "The notification destination service region is not valid for the bucket location constraint",
      kind,
      TargetArn,
    );
  }
  if (TargetArn.endsWith(".fifo")) {
    throw invalidArgument("FIFO SQS queues and FIFO SNS topics are not supported as destinations", kind, TargetArn);
  }
  const unknown = Event.find((name) => !EVENT_NAMES.has(name));
  if (unknown !== undefined) throw invalidArgument("The event is not supported for notifications", "Event", unknown);
  if (Event.length === 0) throw malformedXml();
  const rules = Filter?.S3Key?.FilterRule ?? [];
  const value = (name: string): string => {
    const found = rules.filter((rule) => rule.Name.toLowerCase() === name);
    if (found.length > 1) {
      throw invalidArgument(`Cannot specify more than one ${name} rule in a filter.`, "FilterRule", name);
    }
    return found[0]?.Value ?? "";
  };
  const other = rules.find(({ Name }) => !/^(prefix|suffix)$/i.test(Name));
  if (other) throw invalidArgument("filter rule name must be either prefix or suffix", "FilterRule.Name", other.Name);
  return {
    Id: Id ?? random.uuid(),
    kind,
    TargetArn,
    Events: Event,
    prefix: value("prefix"),
    suffix: value("suffix"),
    rules,
  };
}

function checkTargets(targets: readonly NotificationTarget[]): void {
  if (targets.length > MAX_TARGETS) {
    throw invalidArgument(`The number of notification configurations is more than ${MAX_TARGETS}`);
  }
  const ids = new Set(targets.map(({ Id }) => Id));
  if (ids.size < targets.length) throw invalidArgument("Same ID used for multiple configurations. IDs must be unique");
  for (const [index, one] of targets.entries()) {
    if (targets.slice(index + 1).some((other) => overlap(one, other))) {
      throw invalidArgument(
        "Configurations overlap. Configurations on the same bucket cannot share a common event type.",
      );
    }
  }
}

/** Every target must exist and allow the bucket; queues and topics get a test message. */
async function checkDestinations(
  bucket: Bucket,
  targets: readonly NotificationTarget[],
  { requestId }: RequestContext,
  { delivery, clock, random }: Pick<S3Deps, "clock" | "delivery" | "random">,
): Promise<void> {
  const body = {
    Service: "Amazon S3",
    Event: "s3:TestEvent",
    Time: new Date(clock.now()).toISOString(),
    Bucket: bucket.name,
    RequestId: requestId,
    HostId: requestId,
  };
  const messages = targets.map((target) => messageTo(bucket, target, body, random));
  for (const message of messages) {
    const checked = await delivery.check(message);
    if ("send" in checked || "outside" in checked) continue;
    if ("notNow" in checked) throw new S3Error("ServiceUnavailable", 503, "Please reduce your request rate.");
    throw invalidArgument(
      "Unable to validate the following destination configurations",
      message.TargetArn,
      checked.refused.message,
    );
  }
  await delivery.sendNow(messages.filter((_, index) => targets[index]?.kind !== "LambdaFunction"));
}
