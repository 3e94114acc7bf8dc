import { S3Error } from "@hearth/objects";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { S3Deps } from "./deps.ts";
import { bucketOf, ofBucket, OWNER_HEADER } from "./words.ts";
import { headersReply, type Xml, xmlReply } from "./xml.ts";

type Storage = Pick<S3Deps, "storage">;
const input = z.object(ofBucket);
/** What is the same in all operations on a sub-resource without further input. */
export const shared = { headers: OWNER_HEADER, input, errors: [S3Error] } as const;

/** A sub-resource that a bucket of Hearth never has. */
export function absent(
  name: string,
  query: string,
  error: (bucket: string) => S3Error,
  method: "GET" | "DELETE" = "GET",
) {
  return operation({
    ...shared,
    name,
    http: [method, `/{Bucket}?${query}`, method === "GET" ? 200 : 204],
    async handle(asked: z.output<typeof input>, _context, deps: Storage) {
      throw error((await bucketOf(asked, deps)).name);
    },
  });
}

/** A sub-resource that is the same for all buckets. */
export function fixed(name: string, query: string, root: string, content: { readonly [name: string]: Xml }) {
  return operation({
    ...shared,
    name,
    http: ["GET", `/{Bucket}?${query}`, 200],
    async handle(asked: z.output<typeof input>, _context, deps: Storage) {
      await bucketOf(asked, deps);
      return xmlReply(root, content);
    },
  });
}

/** Removes a setting of a bucket. */
export function removal(
  name: string,
  query: string,
  setting: "policy" | "cors" | "encryption" | "ownership" | "publicAccessBlock",
) {
  return operation({
    ...shared,
    name,
    http: ["DELETE", `/{Bucket}?${query}`, 204],
    async handle(asked: z.output<typeof input>, _context, { storage }: Storage) {
      await storage.change(await bucketOf(asked, { storage }), { [setting]: null });
      return headersReply(204);
    },
  });
}

/** Removes a setting that a bucket of Hearth never has, which S3 does not refuse. */
export function nothingToRemove(name: string, query: string) {
  return operation({
    ...shared,
    name,
    http: ["DELETE", `/{Bucket}?${query}`, 204],
    async handle(asked: z.output<typeof input>, _context, deps: Storage) {
      await bucketOf(asked, deps);
      return headersReply(204);
    },
  });
}

export const notFound = (code: string, message: string) => (BucketName: string) =>
  new S3Error(code, 404, message, { BucketName });
