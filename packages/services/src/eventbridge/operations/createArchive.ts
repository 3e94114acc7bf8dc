import { parseBusArn } from "@hearth/buses";
import { structure, ValidationException } from "@hearth/model";
import { operation } from "@hearth/wire";
import { changedArchive } from "../archiveAnswer.ts";
import * as archiveWords from "../archiveWords.ts";
import { checkPattern } from "../checkPattern.ts";
import type { EventBridgeDeps } from "../deps.ts";
import {
  InvalidEventPatternException,
  LimitExceededException,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
} from "../errors.ts";
import { findBus } from "../findBus.ts";
import * as words from "../words.ts";

const MAX_ARCHIVES = 100;

export const createArchive = operation({
  name: "CreateArchive",
  input: structure({
    ArchiveName: archiveWords.ArchiveName,
    EventSourceArn: words.Arn,
    Description: words.Description.optional(),
    EventPattern: words.EventPattern.optional(),
    RetentionDays: archiveWords.RetentionDays.optional(),
    KmsKeyIdentifier: words.KmsKeyIdentifier.optional(),
  }),
  output: structure(archiveWords.ChangedArchive),
  errors: [
    InvalidEventPatternException,
    LimitExceededException,
    ResourceAlreadyExistsException,
    ResourceNotFoundException,
  ],
  async handle(input, { accountId, region }, deps: Pick<EventBridgeDeps, "archives" | "buses" | "directory">) {
    const { ArchiveName, EventSourceArn, ...settings } = input;
    const key = { accountId, region, archive: ArchiveName };
    const source = parseBusArn(EventSourceArn);
    if (source?.accountId !== accountId || source.region !== region)
      throw new ValidationException(
        `Parameter EventSourceArn is not valid. Reason: ${EventSourceArn} is no event bus here.`,
      );
    if (settings.EventPattern !== undefined) checkPattern(settings.EventPattern);
    const { bus } = await findBus(deps, key, EventSourceArn);
    if ((await deps.archives.count(key)) >= MAX_ARCHIVES) throw new LimitExceededException();
    const created = await deps.archives.create(key, { bus, settings });
    deps.directory.forget(source);
    if (!created) throw new ResourceAlreadyExistsException(`Archive ${ArchiveName} already exists.`);
    return changedArchive(created);
  },
});
