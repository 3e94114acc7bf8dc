import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { Readable } from "node:stream";
import { Readable as Stream } from "node:stream";
import { buffer } from "node:stream/consumers";

type Command = Parameters<LambdaClient["send"]>[0];

/** The body of a refusal as it is on the wire: SDKs hide nulls and members that are missing. Rejects when the request succeeds. */
export async function errorBody(client: LambdaClient, command: object): Promise<unknown> {
  let seen: Buffer | undefined;
  const { middlewareStack } = command as Command;
  middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as { body: Readable };
      seen = await buffer(response.body);
      response.body = Stream.from([seen]);
      return result;
    },
    { step: "deserialize", priority: "low", name: "errorBody" },
  );
  const refused = await client.send(command as Command).then(
    () => false,
    () => true,
  );
  if (!refused || !seen) throw new Error("it succeeded, or there was no answer");
  return JSON.parse(seen.toString());
}
