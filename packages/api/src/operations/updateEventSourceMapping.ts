import {
  InvalidParameterValueException,
  ResourceConflictException,
  ResourceInUseException,
  ResourceNotFoundException,
} from "@hearth/model";
import { operation } from "@hearth/wire";
import { callersOwn } from "../callersOwn.ts";
import type { ApiDeps } from "../deps.ts";
import { mappedFunction, mappingAnswer, settingsOf } from "../event-sources/mappingAnswer.ts";
import { UpdateInput } from "../event-sources/mappingMembers.ts";
import { changedSettings } from "../event-sources/mappingSettings.ts";
import { EventSourceMappingConfiguration } from "../event-sources/eventSourceMappingConfiguration.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html */
export const updateEventSourceMapping = operation({
  name: "UpdateEventSourceMapping",
  http: ["PUT", "/2015-03-31/event-source-mappings/{UUID}", 202],
  input: UpdateInput,
  output: EventSourceMappingConfiguration,
  errors: [
    InvalidParameterValueException,
    ResourceNotFoundException,
    ResourceConflictException,
    ResourceInUseException,
  ],
  async handle(input, context, deps: Pick<ApiDeps, "eventSourceMappings" | "checkSource" | "functions" | "clock">) {
    const { UUID, FunctionName, Enabled, ...members } = input;
    const { eventSourceMappings: mappings, clock } = deps;
    const where = callersOwn(context);
    const fn =
      FunctionName === undefined
        ? undefined
        : await mappedFunction(FunctionName, context, deps, "UpdateEventSourceMapping");
    if (fn) {
      const { sender, timeoutSeconds, ...target } = fn;
      await deps.checkSource({ ...(await mappings.get(where, UUID)), ...target }, { sender, timeoutSeconds });
    }
    const mapping = await mappings.update(where, UUID, (current) => {
      const enabled = Enabled ?? current.enabled;
      const { FunctionName: name, Qualifier } = fn ?? current;
      const settings = changedSettings(current.settings, settingsOf(members), current.EventSourceArn, clock.now());
      const State = enabled === current.enabled ? "Updating" : enabled ? "Enabling" : "Disabling";
      return { FunctionName: name, Qualifier, enabled, settings, State };
    });
    return mappingAnswer(mapping);
  },
});
