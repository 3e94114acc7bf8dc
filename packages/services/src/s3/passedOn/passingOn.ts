import { S3Error } from "@hearth/objects";
import type { BoundOperation } from "@hearth/wire";
import type { S3Deps } from "../deps.ts";
import { bucketOf } from "../words.ts";
import { PASSED } from "./operations.ts";

/** The operations, of which those on objects are passed on for buckets whose objects are on another server. */
export function passingOn(bound: readonly BoundOperation[], deps: S3Deps): readonly BoundOperation[] {
  const { storage } = deps;
  return bound.map((operation) => {
    const pass = PASSED[operation.name];
    if (!pass) return operation;
    return {
      ...operation,
      async run(given, context) {
        const input = given as Readonly<Record<string, unknown>> & { readonly Bucket: string };
        const found = await storage.directory.find(input.Bucket);
        if (!found?.passedOn) return await operation.run(input, context);
        const bucket = await bucketOf(input, deps);
        const { passedOn } = storage;
        if (!passedOn) {
          throw new S3Error(
            "ServiceUnavailable",
            503,
            "The objects of this bucket are on another server, and HEARTH_S3_ENDPOINT does not name it.",
          );
        }
        const run = async () => await operation.run(input, context);
        return await pass({ operation, input, bucket, context, passedOn, run }, deps);
      },
    };
  });
}
