import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import * as archiveWords from "../archiveWords.ts";
import type { EventBridgeDeps } from "../deps.ts";
import { archiveNotFound, ResourceNotFoundException } from "../errors.ts";

export const deleteArchive = operation({
  name: "DeleteArchive",
  input: structure({ ArchiveName: archiveWords.ArchiveName }),
  output: structure({}),
  errors: [ResourceNotFoundException],
  async handle({ ArchiveName }, { accountId, region }, { archives }: Pick<EventBridgeDeps, "archives">) {
    if (!(await archives.delete({ accountId, region, archive: ArchiveName }))) throw archiveNotFound(ArchiveName);
    return {};
  },
});
