import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { LogsDeps } from "../deps.ts";
import { ResourceAlreadyExistsException, ResourceNotFoundException } from "../errors.ts";
import { findGroup } from "../findGroup.ts";
import * as words from "../words.ts";

export const createLogStream = operation({
  name: "CreateLogStream",
  input: structure({ logGroupName: words.LogGroupName, logStreamName: words.LogStreamName }),
  errors: [ResourceNotFoundException, ResourceAlreadyExistsException],
  async handle({ logGroupName, logStreamName }, context, deps: Pick<LogsDeps, "groups" | "streams" | "clock">) {
    const { id } = await findGroup(deps, context, logGroupName);
    if (await deps.streams.create(id, logStreamName, deps.clock.now())) return undefined;
    throw new ResourceAlreadyExistsException("The specified log stream already exists");
  },
});
