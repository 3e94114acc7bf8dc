import { choice, structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { LogsDeps } from "../deps.ts";
import { ResourceAlreadyExistsException } from "../errors.ts";
import { groupKey } from "../findGroup.ts";
import * as words from "../words.ts";

export const createLogGroup = operation({
  name: "CreateLogGroup",
  input: structure({
    logGroupName: words.LogGroupName,
    kmsKeyId: text({ max: 256 }).optional(),
    tags: words.Tags.optional(),
    logGroupClass: choice(["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"]).optional(),
    deletionProtectionEnabled: z.literal(false, "Deletion protection is not implemented by Hearth.").optional(),
  }),
  errors: [ResourceAlreadyExistsException],
  async handle(input, context, { groups, clock }: Pick<LogsDeps, "groups" | "clock">) {
    const { logGroupName, kmsKeyId, tags = {}, logGroupClass = "STANDARD" } = input;
    const group = { creationTime: clock.now(), kmsKeyId, tags, logGroupClass };
    if (await groups.create(groupKey(context, logGroupName), group)) return undefined;
    throw new ResourceAlreadyExistsException("The specified log group already exists");
  },
});
