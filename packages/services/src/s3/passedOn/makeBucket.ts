import { type PassedOn, S3Error, Unanswered } from "@hearth/objects";
import { bucketAlreadyExists, tooManyBuckets } from "../bucketErrors.ts";
import type { S3Deps } from "../deps.ts";

type NewBucket = Parameters<S3Deps["storage"]["store"]["create"]>[0];

/**
 * Makes a bucket on the other server. Its name is reserved here first, and only where there is no such bucket there: the server's key may own buckets that no
 * account was given. What a crash interrupts goes on when its account creates the bucket again. Resolves with false when the name is taken.
 */
export async function makeThere(
  wanted: NewBucket,
  { server }: Pick<PassedOn, "server">,
  { storage: { store }, maxBuckets }: Pick<S3Deps, "storage" | "maxBuckets">,
): Promise<boolean> {
  const { name, accountId } = wanted;
  const holder = await store.holderOf(name);
  if (holder && (holder.isReady || holder.accountId !== accountId)) return false;
  if (!holder) {
    if (await isThere(server, name)) throw bucketAlreadyExists(name);
    const made = await store.create({ ...wanted, passedOn: true }, maxBuckets);
    if (made === "full") throw tooManyBuckets();
    if (!made) return false;
  }
  try {
    const { region } = server;
    const constraint = `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;
    const body = region === "us-east-1" ? undefined : Buffer.from(constraint);
    (await server.send({ method: "PUT", bucket: name, body })).body.resume();
  } catch (error) {
    const isOwn = error instanceof S3Error && error.code === "BucketAlreadyOwnedByYou";
    if (!isOwn) {
      // Of a request without an answer it is not known whether the bucket was made; the next one finds out.
      const isRefused = error instanceof S3Error && error.httpStatus < 500;
      if (isRefused || (error instanceof Unanswered && !error.mayBeDone)) await store.release(name);
      throw error;
    }
  }
  await store.ready(name);
  return true;
}

async function isThere(server: PassedOn["server"], bucket: string): Promise<boolean> {
  try {
    (await server.send({ method: "HEAD", bucket })).body.resume();
    return true;
  } catch (error) {
    if (error instanceof S3Error && error.httpStatus === 404) return false;
    if (error instanceof S3Error && error.httpStatus === 403) return true; // of another owner there
    throw error;
  }
}
