import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateFunctionCommand, DeleteFunctionCommand, GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { zipOf } from "@hearth/testkit";
import { expect } from "vitest";
import type { SchedulerTarget } from "./schedulerTarget.ts";

const CODE = `exports.handler = async (event) => console.log("RECORD " + JSON.stringify(event));`;
const POLL = { timeout: 90_000, interval: 250 };

export interface NewFunction extends AsyncDisposable {
  readonly FunctionName: string;
  /** The first event that the function has got. */
  nextEvent(): Promise<unknown>;
}

/** A function that writes its events into its log. Disposing deletes it. */
export async function newFunction(target: SchedulerTarget): Promise<NewFunction> {
  const [lambda, logs] = [new LambdaClient(target.config), new CloudWatchLogsClient(target.config)];
  const FunctionName = target.newName();
  const Role = await target.newRole(["logs:*"], "lambda.amazonaws.com");
  const ZipFile = await zipOf({ "index.js": CODE });
  const settings = { Runtime: "nodejs22.x", Handler: "index.handler" } as const;
  await lambda.send(new CreateFunctionCommand({ FunctionName, Role, ...settings, Code: { ZipFile } }));
  const state = async () => (await lambda.send(new GetFunctionCommand({ FunctionName }))).Configuration?.State;
  await expect.poll(state, POLL).toBe("Active");
  return {
    FunctionName,
    async nextEvent() {
      let found: string | undefined;
      const look = async () => {
        const input = { logGroupName: `/aws/lambda/${FunctionName}`, filterPattern: "RECORD" };
        try {
          const { events = [] } = await logs.send(new FilterLogEventsCommand(input));
          found = /RECORD (.*)/.exec(events[0]?.message ?? "")?.[1];
        } catch (error) {
          // The log group comes with the first line.
          if ((error as Error).name !== "ResourceNotFoundException") throw error;
        }
        return found;
      };
      await expect.poll(look, POLL).toBeDefined();
      return JSON.parse(found ?? "") as unknown;
    },
    async [Symbol.asyncDispose]() {
      await lambda.send(new DeleteFunctionCommand({ FunctionName }));
      lambda.destroy();
      logs.destroy();
    },
  };
}
