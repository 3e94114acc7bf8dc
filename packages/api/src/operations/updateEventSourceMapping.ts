import { InvalidParameterValueException, ResourceConflictException, ResourceNotFoundException } from "@hearth/model";
import { operation } from "@hearth/wire";
import { callersOwn } from "../callersOwn.ts";
import type { ApiDeps } from "../deps.ts";
import { mappedFunction, mappingAnswer, type MappingState, settingsOf } from "../event-sources/mappingAnswer.ts";
import { UpdateInput } from "../event-sources/mappingMembers.ts";
import { changedSettings } from "../event-sources/mappingSettings.ts";
import { EventSourceMappingConfiguration } from "../event-sources/eventSourceMappingConfiguration.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html */
export const updateEventSourceMapping = operation({
  name: "UpdateEventSourceMapping",
  http: ["PUT", "/2015-03-31/event-source-mappings/{UUID}", 202],
  input: UpdateInput,
  output: EventSourceMappingConfiguration,
  errors: [InvalidParameterValueException, ResourceNotFoundException, ResourceConflictException],
  async handle(input, context, deps: Pick<ApiDeps, "eventSourceMappings" | "functions" | "clock">) {
    const { UUID, FunctionName, Enabled, ...members } = input;
    const target =
      FunctionName === undefined
        ? undefined
        : await mappedFunction(FunctionName, context, deps, "UpdateEventSourceMapping");
    let state: MappingState = "Updating";
    const mapping = await deps.eventSourceMappings.update(callersOwn(context), UUID, (current) => {
      const enabled = Enabled ?? current.enabled;
      if (enabled !== current.enabled) state = enabled ? "Enabling" : "Disabling";
      const { FunctionName: name, Qualifier } = target ?? current;
      const now = deps.clock.now();
      const settings = changedSettings(current.settings, settingsOf(members), current.EventSourceArn, now);
      return { FunctionName: name, Qualifier, enabled, settings };
    });
    return mappingAnswer(mapping, state);
  },
});
