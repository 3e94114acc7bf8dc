import { ResourceInUseException, ResourceNotFoundException, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { callersOwn } from "../callersOwn.ts";
import type { ApiDeps } from "../deps.ts";
import { mappingAnswer } from "../event-sources/mappingAnswer.ts";
import { MappingId } from "../event-sources/mappingMembers.ts";
import { EventSourceMappingConfiguration } from "../event-sources/eventSourceMappingConfiguration.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteEventSourceMapping.html */
export const deleteEventSourceMapping = operation({
  name: "DeleteEventSourceMapping",
  http: ["DELETE", "/2015-03-31/event-source-mappings/{UUID}", 202],
  input: structure({ UUID: MappingId }),
  output: EventSourceMappingConfiguration,
  errors: [ResourceInUseException, ResourceNotFoundException],
  async handle({ UUID }, context, { eventSourceMappings }: Pick<ApiDeps, "eventSourceMappings">) {
    return mappingAnswer(await eventSourceMappings.delete(callersOwn(context), UUID));
  },
});
