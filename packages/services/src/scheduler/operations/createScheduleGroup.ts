import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SchedulerDeps } from "../deps.ts";
import {
  ConflictException,
  ServiceQuotaExceededException,
  ThrottlingException,
  ValidationException,
} from "../errors.ts";
import { refuseWhenDiskIsShort } from "../refuseWhenDiskIsShort.ts";
import { groupArn } from "../scheduleArn.ts";
import { withTags } from "../tagging.ts";
import * as words from "../words.ts";

/** Per account and region. https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html */
const QUOTA = 500;

export const createScheduleGroup = operation({
  name: "CreateScheduleGroup",
  http: ["POST", "/schedule-groups/{Name}", 200],
  input: structure({ Name: words.Name, ClientToken: words.ClientToken.optional(), Tags: words.Tags.optional() }),
  output: structure({ ScheduleGroupArn: z.string() }),
  errors: [ConflictException, ServiceQuotaExceededException, ThrottlingException, ValidationException],
  async handle({ Name, ClientToken, Tags = [] }, context, deps: SchedulerDeps) {
    refuseWhenDiskIsShort(deps);
    const { groups } = deps;
    const created = await groups.create(
      context,
      { Name, tags: withTags({}, Tags), clientToken: ClientToken ?? null },
      QUOTA,
    );
    if (created === "tooMany") {
      throw new ServiceQuotaExceededException(`The account has ${QUOTA} schedule groups, which is its limit.`);
    }
    const repeats =
      created === "taken" &&
      ClientToken !== undefined &&
      (await groups.find(context, Name))?.clientToken === ClientToken;
    if (created === "taken" && !repeats) throw new ConflictException(`Schedule group ${Name} already exists.`);
    return { ScheduleGroupArn: groupArn(context, Name) };
  },
});
