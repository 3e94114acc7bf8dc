import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { LogsDeps } from "../deps.ts";
import { ResourceNotFoundException, streamNotFound } from "../errors.ts";
import { findGroup } from "../findGroup.ts";
import * as words from "../words.ts";

export const deleteLogStream = operation({
  name: "DeleteLogStream",
  input: structure({ logGroupName: words.LogGroupName, logStreamName: words.LogStreamName }),
  errors: [ResourceNotFoundException],
  async handle({ logGroupName, logStreamName }, context, deps: Pick<LogsDeps, "groups" | "streams">) {
    const { id } = await findGroup(deps, context, logGroupName);
    if (!(await deps.streams.delete(id, logStreamName))) throw streamNotFound();
    return undefined;
  },
});
