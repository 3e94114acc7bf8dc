import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { archiveArn, shownArchive } from "../archiveAnswer.ts";
import * as archiveWords from "../archiveWords.ts";
import type { EventBridgeDeps } from "../deps.ts";
import { archiveNotFound, ResourceNotFoundException } from "../errors.ts";

export const describeArchive = operation({
  name: "DescribeArchive",
  input: structure({ ArchiveName: archiveWords.ArchiveName }),
  output: structure({
    ...archiveWords.ListedArchive,
    ArchiveArn: z.string(),
    Description: z.string().optional(),
    EventPattern: z.string().optional(),
    KmsKeyIdentifier: z.string().optional(),
  }),
  errors: [ResourceNotFoundException],
  async handle({ ArchiveName }, { accountId, region }, { archives }: Pick<EventBridgeDeps, "archives">) {
    const found = await archives.find({ accountId, region, archive: ArchiveName });
    if (!found) throw archiveNotFound(ArchiveName);
    return { ArchiveArn: archiveArn(found), ...found.settings, ...shownArchive(found) };
  },
});
