import { structure } from "@hearth/model";
import { bind, operation, type Service } from "@hearth/wire";
import { notBuilt } from "../notBuilt.ts";

const ALL = `AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot DecodeAuthorizationMessage GetAccessKeyInfo GetCallerIdentity
  GetDelegatedAccessToken GetFederationToken GetSessionToken GetWebIdentityToken`;

const getCallerIdentity = operation({
  name: "GetCallerIdentity",
  input: structure({}),
  errors: [],
  handle: async (_input, { caller }) => ({ Arn: caller.arn, UserId: caller.userId, Account: caller.accountId }),
});

/** AWS STS. */
export function stsService(): Service {
  const declared = [getCallerIdentity];
  return {
    signingName: "sts",
    protocol: "query",
    namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    operations: bind(declared, {}),
    notBuilt: notBuilt(ALL, declared),
  };
}
