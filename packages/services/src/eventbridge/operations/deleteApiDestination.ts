import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import * as connectionWords from "../connectionWords.ts";
import type { EventBridgeDeps } from "../deps.ts";
import { apiDestinationNotFound, ResourceNotFoundException } from "../errors.ts";

export const deleteApiDestination = operation({
  name: "DeleteApiDestination",
  input: structure({ Name: connectionWords.Name }),
  output: structure({}),
  errors: [ResourceNotFoundException],
  async handle({ Name }, { accountId, region }, { apiDestinations }: Pick<EventBridgeDeps, "apiDestinations">) {
    if (!(await apiDestinations.delete({ accountId, region, Name }))) throw apiDestinationNotFound(Name);
    return {};
  },
});
