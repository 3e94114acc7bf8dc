import { createHmac, timingSafeEqual } from "node:crypto";
import { IncompleteSignatureException, InvalidSignatureException } from "@hearth/model";
import type { Claim } from "./claim.ts";
import { header, queryPairs, type RawRequest } from "./rawRequest.ts";

/** Query parameters that are part of the resource that is signed. */
const OF_RESOURCE = new Set(
  `accelerate acl cors defaultObjectAcl location logging partNumber policy requestPayment torrent versioning versionId versions website uploads uploadId
   response-content-type response-content-language response-expires response-cache-control response-content-disposition response-content-encoding
   delete lifecycle tagging restore storageClass notification replication analytics metrics inventory select select-type object-lock`.split(
    /\s+/,
  ),
);

/** Whether a query is that of a link with a Signature Version 2, complete or not. Only S3 has such links. */
export function isV2Link(search: string): boolean {
  return search.includes("AWSAccessKeyId=") && search.includes("Signature=");
}

/** A link to S3 that is signed with Signature Version 2, as boto3 and version 1 of the `aws` CLI still make them; `undefined` for any other request. */
export function readV2Claim({ search }: RawRequest): Claim | undefined {
  if (!isV2Link(search)) return undefined;
  const query = new Map(queryPairs(search));
  const accessKeyId = query.get("AWSAccessKeyId");
  const signature = query.get("Signature");
  const expires = query.get("Expires");
  if (!accessKeyId || !signature || !expires || !/^\d{1,12}$/.test(expires)) {
    throw new IncompleteSignatureException(
      "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
    );
  }
  const securityToken = query.get("x-amz-security-token");
  return {
    accessKeyId,
    scope: { date: "", region: "", service: "s3" },
    scopeName: "",
    signedHeaders: "",
    signature,
    date: "",
    v2: { expires },
    ...(securityToken === undefined ? {} : { securityToken }),
  };
}

/**
 * Throws InvalidSignatureException unless the link is signed with `secret`. `request` has the bucket in its path.
 * https://docs.aws.amazon.com/AmazonS3/latest/developerguide/RESTAuthentication.html
 */
export function verifyV2({ signature, v2 }: Claim, secret: string, request: RawRequest): void {
  const query = queryPairs(request.search);
  const named = new Map(query.map(([name, value]) => [name.toLowerCase(), value]));
  const valueOf = (name: string): string => header(request.headers, name) ?? named.get(name) ?? "";
  const amz = new Set([...Object.keys(request.headers), ...named.keys()].filter((name) => name.startsWith("x-amz-")));
  const amzLines = [...amz].toSorted().map((name) => `${name}:${valueOf(name).trim()}\n`);
  const resource = query
    .filter(([name]) => OF_RESOURCE.has(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === "" ? name : `${name}=${value}`));
  const text =
    `${request.method}\n${valueOf("content-md5")}\n${valueOf("content-type")}\n${v2?.expires}\n` +
    `${amzLines.join("")}${request.path}${resource.length > 0 ? `?${resource.join("&")}` : ""}`;
  const expected = createHmac("sha1", secret).update(text).digest();
  const given = Buffer.from(signature, "base64");
  if (given.length === expected.length && timingSafeEqual(given, expected)) return;
  throw new InvalidSignatureException(
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
  );
}
