import { InvalidParameterValueException, ResourceConflictException, ResourceNotFoundException } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { mappedFunction, mappingAnswer, settingsOf } from "../event-sources/mappingAnswer.ts";
import { CreateInput } from "../event-sources/mappingMembers.ts";
import { newSettings } from "../event-sources/mappingSettings.ts";
import { checkTags } from "../tags/checkTags.ts";
import { EventSourceMappingConfiguration } from "../event-sources/eventSourceMappingConfiguration.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
export const createEventSourceMapping = operation({
  name: "CreateEventSourceMapping",
  http: ["POST", "/2015-03-31/event-source-mappings", 202],
  input: CreateInput,
  output: EventSourceMappingConfiguration,
  errors: [InvalidParameterValueException, ResourceNotFoundException, ResourceConflictException],
  async handle(
    input,
    context,
    deps: Pick<ApiDeps, "eventSourceMappings" | "checkSource" | "functions" | "random" | "clock">,
  ) {
    const { FunctionName, Enabled = true, EventSourceArn, Tags = {}, ...members } = input;
    const UUID = deps.random.uuid();
    const settings = newSettings(settingsOf(members), { EventSourceArn, UUID }, deps.clock.now());
    checkTags(Tags);
    const { sender, timeoutSeconds, ...target } = await mappedFunction(
      FunctionName,
      context,
      deps,
      "CreateEventSourceMapping",
    );
    const mapping = { ...target, UUID, EventSourceArn, settings };
    await deps.checkSource(mapping, { sender, timeoutSeconds });
    return mappingAnswer(await deps.eventSourceMappings.create({ ...mapping, enabled: Enabled, Tags }));
  },
});
