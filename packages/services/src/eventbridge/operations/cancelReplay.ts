import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { replayArn } from "../archiveAnswer.ts";
import * as archiveWords from "../archiveWords.ts";
import type { EventBridgeDeps } from "../deps.ts";
import { IllegalStatusException, replayNotFound, ResourceNotFoundException } from "../errors.ts";

export const cancelReplay = operation({
  name: "CancelReplay",
  input: structure({ ReplayName: archiveWords.ReplayName }),
  output: structure({ ReplayArn: z.string(), State: z.string() }),
  errors: [IllegalStatusException, ResourceNotFoundException],
  async handle({ ReplayName }, { accountId, region }, { replays }: Pick<EventBridgeDeps, "replays">) {
    const key = { accountId, region, replay: ReplayName };
    if (!(await replays.cancel(key))) {
      if (!(await replays.find(key))) throw replayNotFound(ReplayName);
      throw new IllegalStatusException(`Replay ${ReplayName} is not in a valid state for this operation.`);
    }
    return { ReplayArn: replayArn(key), State: "CANCELLING" };
  },
});
