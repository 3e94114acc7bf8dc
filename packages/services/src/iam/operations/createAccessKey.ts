import { newAccessKeyId, newSecretAccessKey } from "@hearth/access";
import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { IamDeps } from "../deps.ts";
import { LimitExceeded, NoSuchEntity, userNotFound } from "../errors.ts";
import { ownerOf } from "../ownerOf.ts";
import * as words from "../words.ts";

export const createAccessKey = operation({
  name: "CreateAccessKey",
  input: structure({ UserName: words.UserName.optional() }),
  output: structure({
    AccessKey: structure({
      UserName: z.string().optional(),
      AccessKeyId: z.string(),
      Status: z.string(),
      SecretAccessKey: z.string(),
      CreateDate: z.date(),
    }),
  }),
  errors: [NoSuchEntity, LimitExceeded],
  async handle(input, { caller }, { accessKeys, clock, random }: Pick<IamDeps, "accessKeys" | "clock" | "random">) {
    const owner = ownerOf(input.UserName, caller);
    const key = { accessKeyId: newAccessKeyId("AKIA", random), secretAccessKey: newSecretAccessKey(random) };
    const CreateDate = new Date(Math.floor(clock.now() / 1000) * 1000);
    const outcome = await accessKeys.add(owner, key, CreateDate);
    if (outcome === "ownerMissing") throw userNotFound(owner.UserName ?? owner.accountId);
    if (outcome === "tooMany") throw new LimitExceeded("Cannot exceed quota for AccessKeysPerUser: 2");
    return {
      AccessKey: {
        UserName: owner.UserName,
        AccessKeyId: key.accessKeyId,
        Status: "Active",
        SecretAccessKey: key.secretAccessKey,
        CreateDate,
      },
    };
  },
});
