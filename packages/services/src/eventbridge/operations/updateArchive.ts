import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { changedArchive } from "../archiveAnswer.ts";
import * as archiveWords from "../archiveWords.ts";
import { checkPattern } from "../checkPattern.ts";
import type { EventBridgeDeps } from "../deps.ts";
import { archiveNotFound, InvalidEventPatternException, ResourceNotFoundException } from "../errors.ts";
import * as words from "../words.ts";

export const updateArchive = operation({
  name: "UpdateArchive",
  input: structure({
    ArchiveName: archiveWords.ArchiveName,
    Description: words.Description.optional(),
    EventPattern: words.EventPattern.optional(),
    RetentionDays: archiveWords.RetentionDays.optional(),
    KmsKeyIdentifier: words.KmsKeyIdentifier.optional(),
  }),
  output: structure(archiveWords.ChangedArchive),
  errors: [InvalidEventPatternException, ResourceNotFoundException],
  async handle(input, { accountId, region }, deps: Pick<EventBridgeDeps, "archives" | "directory">) {
    const { ArchiveName, ...given } = input;
    if (given.EventPattern !== undefined) checkPattern(given.EventPattern);
    const settings = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const changed = await deps.archives.change({ accountId, region, archive: ArchiveName }, settings);
    if (!changed) throw archiveNotFound(ArchiveName);
    deps.directory.forget(changed);
    return changedArchive(changed);
  },
});
