import { type Action, CreateTopicRuleCommand, DeleteTopicRuleCommand, IoTClient } from "@aws-sdk/client-iot";
import { IoTDataPlaneClient, PublishCommand } from "@aws-sdk/client-iot-data-plane";
import { type SchedulerTarget, schedulerTarget } from "../scheduler/schedulerTarget.ts";

/** A target with clients of AWS IoT and of what topic rules send to. Disposing deletes what it made. */
export interface IotTarget extends SchedulerTarget {
  readonly iot: IoTClient;
  readonly data: IoTDataPlaneClient;
  /** Resolves with its name. */
  newRule(sql: string, actions: Action[], errorAction?: Action): Promise<string>;
  publish(topic: string, payload: string | Uint8Array | object, more?: { retain?: boolean }): Promise<void>;
  /** The body of the next message of a queue, parsed; `undefined` when none comes. */
  nextBody(url: string, seconds?: number): Promise<unknown>;
}

export const SQL_VERSION = { awsIotSqlVersion: "2016-03-23" } as const;

export async function iotTarget(): Promise<IotTarget> {
  const target = await schedulerTarget();
  const config = { ...target.config, maxAttempts: 1 };
  const [iot, data] = [new IoTClient(config), new IoTDataPlaneClient(config)];
  const undo: (() => Promise<unknown>)[] = [];
  return {
    ...target,
    iot,
    data,
    async newRule(sql, actions, errorAction) {
      const ruleName = target.newName().replaceAll("-", "_");
      const topicRulePayload = { sql, actions, errorAction, ...SQL_VERSION };
      await iot.send(new CreateTopicRuleCommand({ ruleName, topicRulePayload }));
      undo.push(() => iot.send(new DeleteTopicRuleCommand({ ruleName })));
      return ruleName;
    },
    async publish(topic, payload, more = {}) {
      const isRaw = typeof payload === "string" || payload instanceof Uint8Array;
      await data.send(
        new PublishCommand({ topic, qos: 1, payload: isRaw ? payload : JSON.stringify(payload), ...more }),
      );
    },
    async nextBody(url, seconds = 20) {
      const message = await target.receive(url, seconds);
      return message?.Body === undefined ? undefined : (JSON.parse(message.Body) as unknown);
    },
    async [Symbol.asyncDispose]() {
      for (const one of undo.reverse()) await one().catch(() => undefined);
      iot.destroy();
      data.destroy();
      await target[Symbol.asyncDispose]();
    },
  };
}
