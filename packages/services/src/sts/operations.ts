import type { AnyOperation } from "@hearth/wire";
import type { StsDeps } from "./deps.ts";
import { assumeRole } from "./operations/assumeRole.ts";
import { getCallerIdentity } from "./operations/getCallerIdentity.ts";
import { getSessionToken } from "./operations/getSessionToken.ts";

/** The operations of AWS STS that Hearth has. */
export const operations: readonly AnyOperation<StsDeps>[] = [assumeRole, getCallerIdentity, getSessionToken];

/** Every operation of AWS STS. */
export const ALL_OPERATIONS = `AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot DecodeAuthorizationMessage GetAccessKeyInfo GetCallerIdentity
  GetDelegatedAccessToken GetFederationToken GetSessionToken GetWebIdentityToken`;
