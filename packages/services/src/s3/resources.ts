import type { Resources } from "@hearth/access";
import type { Bucket, ObjectStorage } from "@hearth/objects";
import { EXISTING_TAG, existingTags } from "./existingTags.ts";
import { publicStatements } from "./publicPolicy.ts";

const ARN = /^arn:[^:]*:s3:::([^/]+)/;

/** The policies, tags and owners of buckets. */
export function bucketResources(storage: Pick<ObjectStorage, "directory" | "objects" | "passedOn">): Resources {
  const { directory } = storage;
  const restricted = new WeakMap<Bucket, readonly object[]>();
  const find = async (arn: string): Promise<Bucket | undefined> => {
    const [, name] = ARN.exec(arn) ?? [];
    return name === undefined ? undefined : await directory.find(name);
  };
  return {
    async policiesAbout(arn) {
      const bucket = await find(arn);
      if (!bucket?.policy) return NONE;
      let documents = restricted.get(bucket);
      if (!documents) {
        const isRestricted = bucket.settings.publicAccessBlock?.RestrictPublicBuckets ?? false;
        documents = [isRestricted ? publicStatements.withoutOthers(bucket.policy, bucket.accountId) : bucket.policy];
        restricted.set(bucket, documents);
      }
      return documents;
    },
    async ownerOf(arn) {
      return (await find(arn))?.accountId;
    },
    async tagsOf(arn) {
      const tags = (await find(arn))?.settings.tags;
      return tags && Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
    },
    keysBegin: EXISTING_TAG,
    async keysOf({ action, parts: [object] = [] }) {
      const tags = object && (await existingTags(action, object, storage));
      return (key) => {
        if (!key.startsWith(EXISTING_TAG)) return undefined;
        const name = key.slice(EXISTING_TAG.length);
        const found = Object.entries(tags ?? {}).find(([tag]) => tag.toLowerCase() === name);
        return found && [found[1]];
      };
    },
  };
}

const NONE: readonly object[] = [];
