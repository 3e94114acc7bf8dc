import {
  type EventSourceMappingConfiguration,
  GetEventSourceMappingCommand,
  type LambdaClient,
} from "@aws-sdk/client-lambda";
import { expect } from "vitest";

/** Reads a mapping until a change of it is over, as clients do. */
export async function settledMapping(client: LambdaClient, UUID = ""): Promise<EventSourceMappingConfiguration> {
  const get = () => client.send(new GetEventSourceMappingCommand({ UUID }));
  await expect.poll(async () => (await get()).State, { timeout: 60_000 }).toMatch(/^(Enabled|Disabled)$/);
  return await get();
}
