import { busArn, parseEventsArn } from "@hearth/buses";
import { structure, ValidationException } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { replayArn } from "../archiveAnswer.ts";
import * as archiveWords from "../archiveWords.ts";
import type { EventBridgeDeps } from "../deps.ts";
import {
  archiveNotFound,
  LimitExceededException,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
} from "../errors.ts";
import * as words from "../words.ts";

/** Active ones. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const MAX_REPLAYS = 10;

export const startReplay = operation({
  name: "StartReplay",
  input: structure({
    ReplayName: archiveWords.ReplayName,
    Description: words.Description.optional(),
    EventSourceArn: words.Arn,
    EventStartTime: z.date(),
    EventEndTime: z.date(),
    Destination: structure({ Arn: words.Arn, FilterArns: z.array(words.Arn).optional() }),
  }),
  output: structure({ ReplayArn: z.string(), State: z.string(), ReplayStartTime: words.Seconds }),
  errors: [LimitExceededException, ResourceAlreadyExistsException, ResourceNotFoundException],
  async handle(input, { accountId, region }, { archives, replays }: Pick<EventBridgeDeps, "archives" | "replays">) {
    const { ReplayName, Description, EventSourceArn, EventStartTime: from, EventEndTime: to, Destination } = input;
    const key = { accountId, region, replay: ReplayName };
    if (from >= to) throw invalid("EventEndTime", "EventStartTime must be before EventEndTime.");
    const source = parseEventsArn(EventSourceArn);
    const isHere = source?.kind === "archive" && source.where.accountId === accountId && source.where.region === region;
    const archive = isHere ? await archives.find({ accountId, region, archive: source.name }) : undefined;
    if (!archive) throw archiveNotFound(source?.name ?? EventSourceArn);
    if (Destination.Arn !== busArn(archive))
      throw invalid("Destination.Arn", "Cross event bus replay is not permitted.");
    if ((await replays.countActive(key)) >= MAX_REPLAYS) throw new LimitExceededException();
    const { archive: name, id: archiveId, bus } = archive;
    const filterArns = Destination.FilterArns?.length ? Destination.FilterArns : null;
    const started = await replays.start(key, { archive: name, archiveId, bus, filterArns, Description, from, to });
    if (!started) throw new ResourceAlreadyExistsException(`Replay ${ReplayName} already exists.`);
    return { ReplayArn: replayArn(started), State: started.state, ReplayStartTime: started.ReplayStartTime };
  },
});

function invalid(parameter: string, reason: string): ValidationException {
  return new ValidationException(`Parameter ${parameter} is not valid. Reason: ${reason}`);
}
