import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutRuleCommand,
  type PutRuleCommandInput,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { type Message, ReceiveMessageCommand, SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { type SqsTarget, sqsTarget } from "../sqs/sqsTarget.ts";

export interface EventBridgeTarget extends SqsTarget {
  readonly events: EventBridgeClient;
  /** Creates a bus and resolves with its name. */
  newBus(): Promise<string>;
  /** Creates a rule, by default one that matches the events of `source`, and resolves with its name and ARN. */
  newRule(EventBusName: string, input?: Partial<PutRuleCommandInput>): Promise<{ Rule: string; RuleArn: string }>;
  /** Creates a queue that rules of this account may send to, and resolves with its URL and ARN. */
  newOpenQueue(isFifo?: boolean): Promise<{ QueueUrl: string; QueueArn: string }>;
  /** Creates a role that EventBridge may assume and that may do `actions`, and resolves with its ARN. */
  newEventsRole(actions: readonly string[]): Promise<string>;
  putTarget(
    EventBusName: string,
    Rule: string,
    target: Omit<Target, "Id"> & { readonly Id?: string | undefined },
  ): Promise<void>;
  /** A bus, and a queue that gets what `pattern` matches there. */
  newRoute(EventPattern: object, more?: Partial<Target>): Promise<{ bus: string; RuleArn: string; QueueUrl: string }>;
  put(EventBusName: string, detail: unknown, more?: Partial<PutEventsRequestEntry>): Promise<string>;
  /** Resolves with the next messages of a queue. */
  received(QueueUrl: string): Promise<readonly Message[]>;
}

export async function eventBridgeTarget(): Promise<EventBridgeTarget> {
  const target = await sqsTarget();
  const { sqs, accountId, region, config } = target;
  const events = new EventBridgeClient({ ...config, maxAttempts: 1 });
  const iam = new IAMClient({ ...config, maxAttempts: 1 });
  const roles: string[] = [];
  const buses: string[] = [];
  const rules: { readonly EventBusName: string; readonly Rule: string }[] = [];
  const putTarget: EventBridgeTarget["putTarget"] = async (EventBusName, Rule, { Id = "one", Arn, ...more }) => {
    await events.send(new PutTargetsCommand({ EventBusName, Rule, Targets: [{ Id, Arn, ...more }] }));
  };
  const made: EventBridgeTarget = {
    ...target,
    newName: () => target.newName(),
    events,
    async newBus() {
      const Name = target.newName();
      await events.send(new CreateEventBusCommand({ Name }));
      buses.push(Name);
      return Name;
    },
    async newRule(EventBusName, input = {}) {
      const Rule = target.newName();
      const EventPattern = JSON.stringify({ source: ["app"] });
      const { RuleArn = "" } = await events.send(
        new PutRuleCommand({ Name: Rule, EventBusName, EventPattern, ...input }),
      );
      rules.push({ EventBusName, Rule });
      return { Rule, RuleArn };
    },
    async newOpenQueue(isFifo = false) {
      const QueueUrl = isFifo ? await target.newFifoQueue() : await target.newQueue();
      const QueueArn = `arn:aws:sqs:${region}:${accountId}:${QueueUrl.split("/").at(-1)}`;
      const statement = {
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: QueueArn,
        Condition: { StringEquals: { "aws:SourceAccount": accountId } },
      };
      const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
      return { QueueUrl, QueueArn };
    },
    async newEventsRole(Action) {
      const RoleName = target.newName();
      const document = (Statement: object) =>
        JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...Statement }] });
      const AssumeRolePolicyDocument = document({
        Principal: { Service: "events.amazonaws.com" },
        Action: "sts:AssumeRole",
      });
      const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
      roles.push(RoleName);
      const PolicyDocument = document({ Action, Resource: "*" });
      await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "own", PolicyDocument }));
      return Role?.Arn ?? "";
    },
    putTarget,
    async newRoute(EventPattern, more = {}) {
      const bus = await made.newBus();
      const { Rule, RuleArn } = await made.newRule(bus, { EventPattern: JSON.stringify(EventPattern) });
      const { QueueUrl, QueueArn } = await made.newOpenQueue();
      await putTarget(bus, Rule, { Arn: QueueArn, ...more });
      return { bus, RuleArn, QueueUrl };
    },
    async put(EventBusName, detail, more = {}) {
      const { FailedEntryCount, Entries } = await events.send(
        new PutEventsCommand({
          Entries: [{ EventBusName, Source: "app", DetailType: "test", Detail: JSON.stringify(detail), ...more }],
        }),
      );
      if (FailedEntryCount !== 0) throw new Error(JSON.stringify(Entries));
      return Entries?.[0]?.EventId ?? "";
    },
    async received(QueueUrl) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          WaitTimeSeconds: 10,
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ["All"],
          MessageSystemAttributeNames: ["All"],
        }),
      );
      return Messages;
    },
    async [Symbol.asyncDispose]() {
      for (const { EventBusName, Rule } of rules) {
        const { Targets = [] } = await events
          .send(new ListTargetsByRuleCommand({ EventBusName, Rule }))
          .catch(() => ({ Targets: [] }));
        const Ids = Targets.map(({ Id }) => Id ?? "");
        if (Ids.length > 0)
          await events.send(new RemoveTargetsCommand({ EventBusName, Rule, Ids })).catch(() => undefined);
        await events.send(new DeleteRuleCommand({ EventBusName, Name: Rule })).catch(() => undefined);
      }
      await Promise.allSettled(buses.map((Name) => events.send(new DeleteEventBusCommand({ Name }))));
      for (const RoleName of roles) {
        await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "own" })).catch(() => undefined);
        await iam.send(new DeleteRoleCommand({ RoleName })).catch(() => undefined);
      }
      iam.destroy();
      events.destroy();
      await target[Symbol.asyncDispose]();
    },
  };
  return made;
}

/** The events that messages carry. */
export function eventsIn(messages: readonly Message[]): readonly Record<string, unknown>[] {
  return messages.map(({ Body = "" }) => JSON.parse(Body) as Record<string, unknown>);
}
