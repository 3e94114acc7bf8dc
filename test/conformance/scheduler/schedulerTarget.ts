import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  SchedulerClient,
  type Target,
} from "@aws-sdk/client-scheduler";
import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type ServiceTarget, serviceTarget } from "../serviceTarget.ts";

/** A target with clients of EventBridge Scheduler and of what its schedules send to. Disposing deletes what it made. */
export interface SchedulerTarget extends ServiceTarget {
  readonly scheduler: SchedulerClient;
  readonly sqs: SQSClient;
  readonly iam: IAMClient;
  /** A role that EventBridge Scheduler may assume, and that may do `actions`. */
  newRole(actions?: readonly string[], principal?: string): Promise<string>;
  /** URL and ARN. */
  newQueue(attributes?: Record<string, string>): Promise<{ readonly url: string; readonly arn: string }>;
  /** Resolves with its name. Sends to the queue of `to` unless `more` says otherwise. */
  newSchedule(target: Partial<Target>, more?: Partial<CreateScheduleCommandInput>): Promise<string>;
  /** The next message of a queue, or undefined after `seconds`. */
  receive(url: string, seconds?: number): ReturnType<typeof receiveOne>;
}

const receiveOne = async (sqs: SQSClient, QueueUrl: string, WaitTimeSeconds: number) => {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds, MessageAttributeNames: ["All"], AttributeNames: ["All"] }),
  );
  return Messages[0];
};

export async function schedulerTarget(): Promise<SchedulerTarget> {
  const target = await serviceTarget();
  const config = { ...target.config, maxAttempts: 1 };
  const [scheduler, sqs, iam] = [new SchedulerClient(config), new SQSClient(config), new IAMClient(config)];
  const undo: (() => Promise<unknown>)[] = [];
  const { accountId, region } = target;
  return {
    isAws: target.isAws,
    config: target.config,
    region,
    accountId,
    newName: () => target.newName(),
    scheduler,
    sqs,
    iam,
    async newRole(actions = ["sqs:SendMessage"], principal = "scheduler.amazonaws.com") {
      const RoleName = target.newName();
      const allow = { Effect: "Allow", Principal: { Service: principal }, Action: "sts:AssumeRole" };
      const trust = JSON.stringify({ Version: "2012-10-17", Statement: [allow] });
      const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
      undo.push(() => iam.send(new DeleteRoleCommand({ RoleName })));
      if (actions.length > 0) {
        const policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }] };
        const PolicyDocument = JSON.stringify(policy);
        await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "sends", PolicyDocument }));
        undo.push(() => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "sends" })));
      }
      return Role?.Arn ?? "";
    },
    async newQueue(Attributes = {}) {
      const QueueName = target.newName() + (Attributes["FifoQueue"] ? ".fifo" : "");
      const { QueueUrl: url = "" } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
      undo.push(() => sqs.send(new DeleteQueueCommand({ QueueUrl: url })));
      return { url, arn: `arn:aws:sqs:${region}:${accountId}:${QueueName}` };
    },
    async newSchedule(to, more = {}) {
      const Name = target.newName();
      const Target = { Arn: "", RoleArn: "", ...to };
      const FlexibleTimeWindow = { Mode: "OFF" } as const;
      const input = { Name, ScheduleExpression: "rate(1 day)", FlexibleTimeWindow, Target, ...more };
      await scheduler.send(new CreateScheduleCommand(input));
      undo.push(() => scheduler.send(new DeleteScheduleCommand({ Name, GroupName: more.GroupName })));
      return Name;
    },
    receive: (url, seconds = 20) => receiveOne(sqs, url, seconds),
    async [Symbol.asyncDispose]() {
      for (const one of undo.reverse()) await one().catch(() => undefined);
      for (const client of [scheduler, sqs, iam]) client.destroy();
      await target[Symbol.asyncDispose]();
    },
  };
}
