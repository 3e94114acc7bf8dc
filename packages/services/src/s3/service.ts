import type { ServiceRoom } from "@hearth/access";
import { S3Error } from "@hearth/objects";
import { bind } from "@hearth/wire";
import { notBuiltOf } from "./allOperations.ts";
import { bucketHosts } from "./bucketHosts.ts";
import { checkBody } from "./bodyDigests.ts";
import { answerHeaders, bucketIn, preflight } from "./cors.ts";
import { type ObjectsHouse, openS3Deps } from "./deps.ts";
import { translateError } from "./errors.ts";
import { operations } from "./operations.ts";
import { passingOn } from "./passedOn/passingOn.ts";
import { reports } from "./passedOn/reports.ts";
import { questions } from "./questions.ts";
import { bucketResources } from "./resources.ts";
import { isBucketName } from "./words.ts";

const MAX_BODY_BYTES = 4 * 1024 ** 2;

/** Names such as `bucket.s3.localhost` and `bucket.s3.us-east-1.example.org`, which are for buckets whatever a request is signed for. */
const AWS_HOSTS = [/^([a-z0-9](?:[a-z0-9.-]{1,61}[a-z0-9]))\.s3(?:[.-][a-z0-9-]+)?\.[a-z0-9.-]+$/];

/** Checksums in links are of no body, as clients that sign a link have none; S3 ignores them. */
const CLAIMED_BEFORE = /^x-amz-(?:checksum-(?!mode$)|sdk-checksum-)/;

/** Amazon S3. */
export const s3: ServiceRoom<ObjectsHouse> = {
  signingName: "s3",
  protocols: ["rest-xml"],
  xmlNamespace: "http://s3.amazonaws.com/doc/2006-03-01/",
  bareXmlErrors: true,
  translateError,
  badLabel: () => new S3Error("InvalidURI", 400, "Couldn't parse the specified URI."),
  maxBodyBytes: MAX_BODY_BYTES,
  hosts: AWS_HOSTS,
  role: "control",
  endpointVariable: "AWS_ENDPOINT_URL_S3",
  notBuilt: notBuiltOf(operations),
  questions,
  resources: ({ objectStorage }) => bucketResources(objectStorage),
  openTo: ({ objectStorage, hostNames }) => ({
    signedHosts: bucketHosts(hostNames),
    takesUnsigned: async ({ path }) => {
      const name = bucketIn(path);
      return isBucketName(name) && (await objectStorage.directory.find(name)) !== undefined;
    },
    headersFor: (request) => answerHeaders(request, objectStorage),
    preflight: (request) => preflight(request, objectStorage),
  }),
  linkHeaders: (name) => !CLAIMED_BEFORE.test(name),
  checkBody,
  idHeaders: (requestId) => ({ "x-amz-request-id": requestId, "x-amz-id-2": requestId }),
  links: reports,
  open: (house) => {
    const deps = openS3Deps(house);
    return passingOn(bind(operations, deps), deps);
  },
};
