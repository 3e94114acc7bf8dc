import { busArn, DEFAULT_BUS } from "@hearth/buses";
import { structure, text, ValidationException } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { EventBridgeDeps } from "../deps.ts";
import { LimitExceededException, ResourceAlreadyExistsException } from "../errors.ts";
import { tagsOfList } from "../tagging.ts";
import * as words from "../words.ts";

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const MAX_BUSES = 100;

export const BusSettings = {
  Description: words.Description.optional(),
  KmsKeyIdentifier: words.KmsKeyIdentifier.optional(),
  DeadLetterConfig: words.DeadLetterConfig.optional(),
  LogConfig: words.LogConfig.optional(),
};

export const createEventBus = operation({
  name: "CreateEventBus",
  input: structure({
    Name: words.EventBusName,
    EventSourceName: text({ min: 1, max: 256 }).optional(),
    ...BusSettings,
    Tags: words.Tags.optional(),
  }),
  output: structure({ EventBusArn: z.string(), ...BusSettings }),
  errors: [LimitExceededException, ResourceAlreadyExistsException],
  async handle(
    { Name, EventSourceName, Tags, ...settings },
    { accountId, region },
    { buses, directory }: Pick<EventBridgeDeps, "buses" | "directory">,
  ) {
    if (EventSourceName !== undefined || Name.includes("/"))
      throw new ValidationException("Buses of partners are not available.");
    const key = { accountId, region, bus: Name };
    const exists = new ResourceAlreadyExistsException(`Event bus ${Name} already exists.`);
    if (Name === DEFAULT_BUS) throw exists;
    const tags = tagsOfList(Tags);
    if ((await buses.count(key)) >= MAX_BUSES && !(await buses.find(key))) throw new LimitExceededException();
    const created = await buses.create(key, settings, tags);
    directory.forget(key);
    if (!created) throw exists;
    return { EventBusArn: busArn(key), ...settings };
  },
});
