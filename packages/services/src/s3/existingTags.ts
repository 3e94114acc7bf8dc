import type { Input } from "@hearth/access";
import { type ObjectStorage, S3Error } from "@hearth/objects";
import { passedOnOf } from "./passedOn/passedCall.ts";
import { sourceTags } from "./passedOn/serverSource.ts";

/** How the condition key `s3:ExistingObjectTag/<key>` begins. Names of keys arrive in lower case. */
export const EXISTING_TAG = "s3:existingobjecttag/";

/** The actions that may depend on the tags of an object; deleting and replacing one may not. https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html */
const ACTIONS =
  /^s3:(?:(?:Get|Put)Object(?:Version)?Acl|(?:Get|Put|Delete)Object(?:Version)?Tagging|GetObject(?:Version)?(?:Attributes)?)$/;

/** The tags of the object that an action is about; none where there is no such object, or the action does not depend on them. */
export async function existingTags(
  action: string,
  { Bucket, Key, VersionId }: Input,
  storage: Pick<ObjectStorage, "directory" | "objects" | "passedOn">,
): Promise<Readonly<Record<string, string>>> {
  if (!ACTIONS.test(action) || typeof Bucket !== "string" || typeof Key !== "string") return {};
  const bucket = await storage.directory.find(Bucket);
  if (!bucket) return {};
  const versionId = typeof VersionId === "string" ? VersionId : undefined;
  try {
    if (!bucket.passedOn) return (await storage.objects.find(bucket, Key, versionId)).tags;
    return await sourceTags(passedOnOf(storage).server, { bucket: Bucket, key: Key, versionId });
  } catch (error) {
    // The operation says what is wrong with the name. Of an object whose tags could not be read nothing is known, so nothing is decided.
    if (error instanceof S3Error && ABSENT.has(error.httpStatus)) return {};
    throw error;
  }
}

/** There is no such object, its name cannot be one, or a marker hides it. */
const ABSENT: ReadonlySet<number> = new Set([400, 404, 405]);
