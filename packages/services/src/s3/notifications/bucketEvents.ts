import { type BusDirectory, DEFAULT_BUS, eventFanOut, eventTime } from "@hearth/buses";
import type { Delivery, FanOuts } from "@hearth/delivery";
import type { Clock, Random } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import type { Bucket, EventPort, NotificationTarget, ObjectEvent, PreparedEvents } from "@hearth/objects";
import type { FanOut } from "@hearth/store";
import { bucketArn } from "../words.ts";
import { busEventOf, eventRecord } from "./eventRecord.ts";
import { isAbout } from "./matching.ts";

export interface BucketEventsDeps {
  readonly delivery: Pick<Delivery, "prepare">;
  readonly fanOuts: Pick<FanOuts, "add">;
  readonly buses: Pick<BusDirectory, "find">;
  readonly clock: Clock;
  readonly random: Random;
}

/** Tells the targets of buckets what happens to objects, in the transaction in which it happens. */
export function bucketEvents({ delivery, fanOuts, buses, clock, random }: BucketEventsDeps): EventPort {
  const busEvent = async (bucket: Bucket, event: ObjectEvent): Promise<FanOut | undefined> => {
    const rules = await buses.find({ accountId: bucket.accountId, region: bucket.region, bus: DEFAULT_BUS });
    if (!rules) return undefined;
    const id = random.uuid();
    const { detailType, detail } = busEventOf(bucket, event);
    const told = {
      ...{ id, source: "aws.s3", detailType, account: bucket.accountId, region: bucket.region },
      ...{
        time: eventTime(event.time),
        resources: [bucketArn(bucket.name, bucket.region)],
        detail: JSON.stringify(detail),
      },
    };
    const { traceId } = event.request;
    return eventFanOut(
      rules.key,
      { event: told, ingestionTime: eventTime(clock.now()) },
      { hops: 1, traceId },
      random.uuid(),
    );
  };
  return {
    isAwaited({ settings: { notifications } }, event) {
      if (!notifications) return false;
      return notifications.eventBridge || notifications.targets.some((target) => isAbout(target, event));
    },
    async prepare(bucket, events): Promise<PreparedEvents | undefined> {
      const { notifications } = bucket.settings;
      if (!notifications) return undefined;
      const messages = events.flatMap((event) =>
        notifications.targets
          .filter((target) => isAbout(target, event))
          .map((target) =>
            messageTo(bucket, target, eventRecord(bucket, target.Id, event), random, event.request.traceId),
          ),
      );
      const told = notifications.eventBridge ? await Promise.all(events.map((event) => busEvent(bucket, event))) : [];
      const later = told.filter((one) => one !== undefined);
      if (messages.length + later.length === 0) return undefined;
      const prepared = await delivery.prepare(messages);
      let added: (() => void)[] = [];
      return {
        async write(tx) {
          added = [];
          await prepared.write(tx);
          for (const fanOut of later) added.push(await fanOuts.add(tx, fanOut));
        },
        committed() {
          prepared.committed();
          for (const done of added) done();
        },
      };
    },
  };
}

/** A message of a bucket to one of its targets. */
export function messageTo(
  { accountId, region, name }: Pick<Bucket, "accountId" | "region" | "name">,
  { TargetArn }: Pick<NotificationTarget, "TargetArn">,
  body: object,
  random: Random,
  traceId?: string,
): OutgoingMessage {
  return {
    id: random.uuid(),
    sender: { kind: "service", accountId, region, principal: "s3.amazonaws.com", sourceArn: bucketArn(name, region) },
    purpose: "BucketNotification",
    TargetArn,
    body: Buffer.from(JSON.stringify(body)),
    attributes: {},
    hops: 1,
    ...(traceId !== undefined && { traceId }),
    parameters: { subject: "Amazon S3 Notification" },
  };
}
