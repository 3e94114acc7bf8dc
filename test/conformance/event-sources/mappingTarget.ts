import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  ResourceNotFoundException,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  type CreateFunctionCommandInput,
  DeleteEventSourceMappingCommand,
  type EventSourceMappingConfiguration,
  GetEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { zipOf } from "@hearth/testkit";
import { expect } from "vitest";
import { type LambdaTarget, lambdaTarget } from "../lambda/lambdaTarget.ts";

/** A target for tests of event source mappings. Its functions write each event into their log before they do anything. */
export interface MappingTarget extends LambdaTarget {
  /** Creates a function; `body` is what its handler does with `event`. Resolves with its name. */
  newConsumer(body: string, input?: Partial<CreateFunctionCommandInput>): Promise<string>;
  /** Creates a mapping, and resolves when it is enabled. */
  map(
    FunctionName: string,
    wish: Partial<CreateEventSourceMappingCommandInput>,
  ): Promise<EventSourceMappingConfiguration>;
  mapping(UUID: string | undefined): Promise<EventSourceMappingConfiguration>;
  /** The events that the function got, in the order of its log. */
  eventsOf<Event>(FunctionName: string): Promise<readonly Event[]>;
}

const SETTLE_MS = 60_000;
const MARK = "EVENT ";

/** `actions` is what the role of its functions may do, besides writing logs. */
export async function mappingTarget(actions: readonly string[]): Promise<MappingTarget> {
  const target = await lambdaTarget();
  const { region, credentials, endpoint } = target.client.config;
  const logs = new CloudWatchLogsClient({ region, credentials, ...(endpoint && { endpoint }) });
  const Role = await target.newRole(["logs:*", ...actions]);
  const made: string[] = [];
  const mapping = (UUID = "") => target.client.send(new GetEventSourceMappingCommand({ UUID }));
  return {
    ...target,
    Role,
    async newConsumer(body, input = {}) {
      const source = `export const handler = async (event, context) => {\n  console.log("${MARK}" + JSON.stringify(event));\n  ${body}\n};\n`;
      const ZipFile = await zipOf({ "index.mjs": source });
      return (await target.newFunction({ Role, Code: { ZipFile }, Timeout: 10, ...input })).FunctionName;
    },
    async map(FunctionName, wish) {
      const { UUID = "" } = await target.client.send(new CreateEventSourceMappingCommand({ FunctionName, ...wish }));
      made.push(UUID);
      await expect.poll(async () => (await mapping(UUID)).State, { timeout: SETTLE_MS }).toBe("Enabled");
      return await mapping(UUID);
    },
    mapping,
    async eventsOf<Event>(FunctionName: string) {
      try {
        const logGroupName = `/aws/lambda/${FunctionName}`;
        const found = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: "EVENT" }));
        return (found.events ?? []).flatMap(({ message = "" }) => {
          const at = message.indexOf(MARK);
          return at < 0 ? [] : [JSON.parse(message.slice(at + MARK.length)) as Event];
        });
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return [];
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      for (const UUID of made) {
        await target.client.send(new DeleteEventSourceMappingCommand({ UUID })).catch(() => undefined);
      }
      logs.destroy();
      await target[Symbol.asyncDispose]();
    },
  };
}
