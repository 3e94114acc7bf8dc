import { structure } from "@hearth/model";
import { bind, operation, type Service } from "@hearth/wire";
import { notBuilt } from "../notBuilt.ts";
import { assumeRole } from "./assumeRole.ts";
import { getSessionToken } from "./getSessionToken.ts";
import type { StsDeps } from "./stsDeps.ts";

const ALL = `AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot DecodeAuthorizationMessage GetAccessKeyInfo GetCallerIdentity
  GetDelegatedAccessToken GetFederationToken GetSessionToken GetWebIdentityToken`;

const getCallerIdentity = operation({
  name: "GetCallerIdentity",
  input: structure({}),
  errors: [],
  handle: async (_input, { caller }) => ({ Arn: caller.arn, UserId: caller.userId, Account: caller.accountId }),
});

/** AWS STS: who a caller is, and temporary credentials. */
export function stsService(deps: StsDeps): Service {
  const declared = [assumeRole, getCallerIdentity, getSessionToken];
  return {
    signingName: "sts",
    protocol: "query",
    namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    operations: bind<StsDeps>(declared, deps),
    notBuilt: notBuilt(ALL, declared),
  };
}
