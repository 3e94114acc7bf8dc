import type { BoundOperation } from "@hearth/wire";
import type { S3Deps } from "../deps.ts";
import { bucketOf } from "../words.ts";
import { comesFromServer, FROM_SERVER } from "./copyFromServer.ts";
import { PASSED } from "./operations.ts";
import { passedOnOf } from "./passedCall.ts";

/** The operations, of which those on objects are passed on for buckets whose objects are on another server. */
export function passingOn(bound: readonly BoundOperation[], deps: S3Deps): readonly BoundOperation[] {
  const { storage } = deps;
  return bound.map((operation) => {
    const pass = PASSED[operation.name];
    if (!pass) return operation;
    const copy = FROM_SERVER[operation.name];
    return {
      ...operation,
      async run(given, context) {
        const input = given as Readonly<Record<string, unknown>> & { readonly Bucket: string };
        const found = await storage.directory.find(input.Bucket);
        if (!found?.passedOn) {
          const isCopy = copy !== undefined && (await comesFromServer(input, deps));
          return isCopy ? await copy(input, context, deps) : await operation.run(input, context);
        }
        const bucket = await bucketOf(input, deps);
        const passedOn = passedOnOf(storage);
        const run = async () => await operation.run(input, context);
        return await pass({ operation, input, bucket, context, passedOn, run }, deps);
      },
    };
  });
}
