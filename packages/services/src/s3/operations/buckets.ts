import { type Bucket, type BucketSettings, invalidArgument, S3Error, toBucket } from "@hearth/objects";
import { wire } from "@hearth/wire";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { checkAcl, GRANT_HEADERS, hasGrants, newBucketsHaveNoAcl } from "../acl.ts";
import type { S3Deps } from "../deps.ts";
import { checkedNumber, checkedTags, notImplemented, textMembers } from "../objectHeaders.ts";
import { bucketArn, bucketOf, isBucketName, ofBucket, OWNER_HEADER, ownerOf } from "../words.ts";
import { headersReply, xmlReply } from "../xml.ts";
import { makeThere } from "../passedOn/makeBucket.ts";
import { bucketAlreadyExists, tooManyBuckets } from "../bucketErrors.ts";

/** As new buckets on AWS. https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html */
const NEW_SETTINGS: BucketSettings = {
  publicAccessBlock: {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  },
  ownership: "BucketOwnerEnforced",
};

export const createBucket = operation({
  name: "CreateBucket",
  http: ["PUT", "/{Bucket}", 200],
  headers: {
    ACL: "x-amz-acl",
    ...GRANT_HEADERS,
    ObjectOwnership: "x-amz-object-ownership",
    ObjectLockEnabledForBucket: "x-amz-bucket-object-lock-enabled",
  },
  payload: "CreateBucketConfiguration",
  input: z.object({
    Bucket: z.string(),
    ACL: z.string().optional(),
    ...textMembers(GRANT_HEADERS),
    ObjectOwnership: z.string().optional(),
    ObjectLockEnabledForBucket: z.string().optional(),
    CreateBucketConfiguration: z
      .object({
        LocationConstraint: z.string().optional(),
        Tags: z.array(wire(z.object({ Key: z.string(), Value: z.string() }), { xmlName: "Tag" })).optional(),
        Bucket: z.object({ Type: z.string().optional() }).optional(),
      })
      .optional(),
  }),
  errors: [S3Error],
  async handle(input, { caller, region }, { storage, maxBuckets }: Pick<S3Deps, "storage" | "maxBuckets">) {
    const { Bucket: name, ACL, ObjectOwnership, ObjectLockEnabledForBucket, CreateBucketConfiguration = {} } = input;
    if (!isBucketName(name)) {
      throw new S3Error("InvalidBucketName", 400, "The specified bucket is not valid.", { BucketName: name });
    }
    if (CreateBucketConfiguration.Bucket?.Type !== undefined) throw notImplemented("A directory bucket");
    if (ObjectLockEnabledForBucket?.toLowerCase() === "true") throw notImplemented("Object Lock");
    checkAcl(ACL);
    if (hasGrants(input)) throw newBucketsHaveNoAcl();
    if (ObjectOwnership !== undefined && !OWNERSHIPS.has(ObjectOwnership)) {
      throw invalidArgument("Invalid x-amz-object-ownership header", "x-amz-object-ownership", ObjectOwnership);
    }
    const tags = checkedTags(
      (CreateBucketConfiguration.Tags ?? []).map(({ Key, Value }) => [Key, Value] as const),
      50,
    );
    const wanted = {
      name,
      accountId: caller.accountId,
      region: checkedRegion(CreateBucketConfiguration.LocationConstraint, region),
      settings: {
        ...NEW_SETTINGS,
        ...(ObjectOwnership !== undefined && { ownership: ObjectOwnership }),
        ...(Object.keys(tags).length > 0 && { tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
      },
    };
    const isMade = storage.passedOn
      ? await makeThere(wanted, storage.passedOn, { storage, maxBuckets })
      : await makeHere(wanted, { storage, maxBuckets });
    storage.directory.forget(name);
    if (!isMade) {
      const present = await storage.store.holderOf(name);
      if (present?.accountId !== caller.accountId) throw bucketAlreadyExists(name);
      const found = await storage.directory.find(name);
      if (found?.region !== "us-east-1" || region !== "us-east-1") {
        throw new S3Error(
          "BucketAlreadyOwnedByYou",
          409,
          "Your previous request to create the named bucket succeeded and you already own it.",
          { BucketName: name },
        );
      }
    }
    return headersReply(200, { location: `/${name}`, "x-amz-bucket-arn": bucketArn(name, region) });
  },
});

type NewBucket = Parameters<S3Deps["storage"]["store"]["create"]>[0];

/** Resolves with false when the name is taken. */
async function makeHere(wanted: NewBucket, { storage, maxBuckets }: Pick<S3Deps, "storage" | "maxBuckets">) {
  const made = await storage.store.create(wanted, maxBuckets);
  if (made === "full") throw tooManyBuckets();
  return made !== undefined;
}

export const OWNERSHIPS = new Set(["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"]);

/** Only requests to us-east-1 may leave the region out; it has no name of its own there. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html */
function checkedRegion(constraint: string | undefined, region: string): string {
  const wanted = constraint === "EU" ? "eu-west-1" : constraint;
  if (wanted === "us-east-1" && region === "us-east-1") {
    throw new S3Error("InvalidLocationConstraint", 400, "The specified location-constraint is not valid", {
      LocationConstraint: wanted,
    });
  }
  if (wanted === region || (wanted === undefined && region === "us-east-1")) return region;
  throw new S3Error(
    "IllegalLocationConstraintException",
    400,
    `The ${wanted ?? "unspecified"} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  );
}

export const headBucket = operation({
  name: "HeadBucket",
  http: ["HEAD", "/{Bucket}", 200],
  headers: OWNER_HEADER,
  input: z.object(ofBucket),
  errors: [S3Error],
  async handle(input, _context, { storage }: Pick<S3Deps, "storage">) {
    const { name, region } = await bucketOf(input, { storage });
    return headersReply(200, {
      "x-amz-bucket-region": region,
      "x-amz-bucket-arn": bucketArn(name, region),
      "x-amz-access-point-alias": "false",
    });
  },
});

export const deleteBucket = operation({
  name: "DeleteBucket",
  http: ["DELETE", "/{Bucket}", 204],
  headers: OWNER_HEADER,
  input: z.object(ofBucket),
  errors: [S3Error],
  async handle(input, _context, { storage }: Pick<S3Deps, "storage">) {
    const bucket = await bucketOf(input, { storage });
    const files = await storage.store.delete(bucket.id);
    if (files === "notEmpty") {
      throw new S3Error("BucketNotEmpty", 409, "The bucket you tried to delete is not empty", {
        BucketName: bucket.name,
      });
    }
    storage.directory.forget(bucket.name);
    await storage.bytes.remove(files ?? []);
    return headersReply(204);
  },
});

export const listBuckets = operation({
  name: "ListBuckets",
  http: ["GET", "/", 200],
  query: {
    MaxBuckets: "max-buckets",
    ContinuationToken: "continuation-token",
    Prefix: "prefix",
    BucketRegion: "bucket-region",
  },
  input: z.object({
    MaxBuckets: z.string().optional(),
    ContinuationToken: z.string().optional(),
    Prefix: z.string().default(""),
    BucketRegion: z.string().optional(),
  }),
  errors: [S3Error],
  async handle(
    { MaxBuckets, ContinuationToken, Prefix, BucketRegion },
    { caller },
    { storage }: Pick<S3Deps, "storage">,
  ) {
    const limit = checkedNumber(MaxBuckets, "max-buckets", 1, 10_000) ?? 10_000;
    const after = Buffer.from(ContinuationToken ?? "", "base64url").toString();
    const query = { after, prefix: Prefix, region: BucketRegion, limit: limit + 1 };
    const found = (await storage.store.list(caller.accountId, query)).map(toBucket);
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return xmlReply("ListAllMyBucketsResult", {
      Owner: ownerOf(caller.accountId),
      Buckets: { Bucket: page.map(shown) },
      ...(Prefix !== "" && { Prefix }),
      ContinuationToken: last && Buffer.from(last.name).toString("base64url"),
    });
  },
});

function shown({ name, createdAt, region }: Bucket) {
  return { Name: name, CreationDate: new Date(createdAt), BucketRegion: region, BucketArn: bucketArn(name, region) };
}

export const getBucketLocation = operation({
  name: "GetBucketLocation",
  http: ["GET", "/{Bucket}?location", 200],
  headers: OWNER_HEADER,
  input: z.object(ofBucket),
  errors: [S3Error],
  async handle(input, _context, { storage }: Pick<S3Deps, "storage">) {
    const { region } = await bucketOf(input, { storage });
    // The root element itself holds the text.
    const text = region === "us-east-1" ? "" : region;
    return xmlReply("LocationConstraint", text);
  },
});
