import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { IamDeps } from "../deps.ts";
import { NoSuchEntity } from "../errors.ts";
import { keyNotFound } from "../ownerOf.ts";
import * as words from "../words.ts";

/** Hearth does not record uses of keys; it answers as AWS does for a key that was never used. */
export const getAccessKeyLastUsed = operation({
  name: "GetAccessKeyLastUsed",
  input: structure({ AccessKeyId: words.AccessKeyId }),
  output: structure({
    UserName: z.string().optional(),
    AccessKeyLastUsed: structure({ ServiceName: z.string(), Region: z.string() }),
  }),
  errors: [NoSuchEntity],
  async handle({ AccessKeyId }, { caller: { accountId } }, { accessKeys }: Pick<IamDeps, "accessKeys">) {
    const key = (await accessKeys.listAll(accountId)).find(({ accessKeyId }) => accessKeyId === AccessKeyId);
    if (!key) throw keyNotFound(AccessKeyId);
    return { UserName: key.UserName ?? undefined, AccessKeyLastUsed: { ServiceName: "N/A", Region: "N/A" } };
  },
});
