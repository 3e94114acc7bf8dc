import { busArn } from "@hearth/buses";
import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { replayArn, shownReplay } from "../archiveAnswer.ts";
import * as archiveWords from "../archiveWords.ts";
import type { EventBridgeDeps } from "../deps.ts";
import { replayNotFound, ResourceNotFoundException } from "../errors.ts";

export const describeReplay = operation({
  name: "DescribeReplay",
  input: structure({ ReplayName: archiveWords.ReplayName }),
  output: structure({
    ...archiveWords.ListedReplay,
    ReplayArn: z.string(),
    Description: z.string().optional(),
    Destination: structure({ Arn: z.string(), FilterArns: z.array(z.string()).optional() }),
  }),
  errors: [ResourceNotFoundException],
  async handle({ ReplayName }, { accountId, region }, { replays }: Pick<EventBridgeDeps, "replays">) {
    const found = await replays.find({ accountId, region, replay: ReplayName });
    if (!found) throw replayNotFound(ReplayName);
    return {
      ...shownReplay(found),
      ReplayArn: replayArn(found),
      ...(found.Description !== null && { Description: found.Description }),
      Destination: { Arn: busArn(found), ...(found.filterArns && { FilterArns: found.filterArns }) },
    };
  },
});
