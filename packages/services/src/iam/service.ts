import { bind, type Service } from "@hearth/wire";
import { notBuilt } from "../notBuilt.ts";
import type { IamDeps } from "./deps.ts";
import { ALL_OPERATIONS, operations } from "./operations.ts";

/** AWS IAM, as far as functions and their callers need it: roles, users with their keys, and policies. */
export function iamService(deps: IamDeps): Service {
  return {
    signingName: "iam",
    protocols: ["query"],
    xmlNamespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    operations: bind(operations, deps),
    notBuilt: notBuilt(ALL_OPERATIONS, operations),
  };
}
