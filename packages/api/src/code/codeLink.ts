import { UnrecognizedClientException } from "@hearth/model";
import { presignUrl, type RequestContext } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";

/** AWS's links are valid for ten minutes. */
const EXPIRES_SECONDS = 600;
export const CODE_PATH = "/_hearth/code";

/** A link that downloads the archive, signed with the caller's key. */
export async function codeLink(
  digest: string,
  { caller, endpoint, headers, region }: RequestContext,
  { findAccessKey, codeGrant, clock }: Pick<ApiDeps, "findAccessKey" | "codeGrant" | "clock">,
): Promise<string> {
  const { accessKeyId } = caller;
  const token = headers["x-amz-security-token"];
  const key = await findAccessKey(accessKeyId, typeof token === "string" ? token : undefined);
  if (!key) throw new UnrecognizedClientException("The security token included in the request is invalid.");
  const { secretAccessKey, sessionToken } = key;
  const expiresAt = Math.floor(clock.now() / 1000) + EXPIRES_SECONDS;
  return presignUrl(
    endpoint,
    `${CODE_PATH}/${digest}`,
    { Grant: `${expiresAt}.${codeGrant(digest, accessKeyId, expiresAt)}` },
    { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    { region, service: "lambda", expiresSeconds: EXPIRES_SECONDS, now: clock.now() },
  );
}

/** Whether `Grant` is from an unexpired link to this archive that was made for this key. */
export function isGranted(
  Grant: string,
  digest: string,
  accessKeyId: string,
  { codeGrant, clock }: Pick<ApiDeps, "codeGrant" | "clock">,
): boolean {
  const [expires = "", proof] = Grant.split(".");
  const expiresAt = /^\d{1,12}$/.test(expires) ? Number(expires) : 0;
  return clock.now() < expiresAt * 1000 && proof === codeGrant(digest, accessKeyId, expiresAt);
}
