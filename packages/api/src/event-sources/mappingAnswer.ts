import { arn, type EventSourceSettings, functionArn, InvalidParameterValueException } from "@hearth/model";
import type { EventSourceMapping, FunctionKey } from "@hearth/store";
import type { RequestContext } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { targetOf } from "../functions/targetOf.ts";
import { kindOf } from "./kinds.ts";

/** States in answers. The transitional ones appear only in the answer to the change, which is complete by then. */
export type MappingState = "Creating" | "Updating" | "Enabling" | "Disabling" | "Deleting" | "Enabled" | "Disabled";

/** A mapping as AWS's EventSourceMappingConfiguration. No source is polled yet, so that no mapping has processed a record. */
export function mappingAnswer(
  mapping: EventSourceMapping,
  State: MappingState = mapping.enabled ? "Enabled" : "Disabled",
): object {
  const { UUID, accountId, region, FunctionName, Qualifier, EventSourceArn, settings, LastModified } = mapping;
  const kind = kindOf(EventSourceArn, settings);
  return {
    UUID,
    EventSourceMappingArn: arn({ service: "lambda", region, accountId, resource: `event-source-mapping:${UUID}` }),
    FunctionArn: functionArn({ region, accountId, FunctionName, Qualifier }),
    ...(EventSourceArn !== undefined && { EventSourceArn }),
    ...settings,
    LastModified,
    ...(kind.name !== "SQS" && { LastProcessingResult: "No records processed" }),
    State,
    StateTransitionReason: kind.byUser,
  };
}

/** The function, version or alias that a mapping invokes. Rejects when it does not exist. */
export async function mappedFunction(
  FunctionName: string,
  context: RequestContext,
  { functions }: Pick<ApiDeps, "functions">,
  action: string,
): Promise<FunctionKey & { readonly Qualifier: string | undefined }> {
  const { key, Qualifier } = targetOf({ FunctionName }, context, action);
  if (!(await functions.find(key, Qualifier))) throw new InvalidParameterValueException("Function does not exist");
  return { ...key, Qualifier };
}

/** The settings in a request. */
export function settingsOf(
  input: Omit<EventSourceSettings, "StartingPositionTimestamp"> & {
    readonly StartingPositionTimestamp?: Date | undefined;
  },
): EventSourceSettings {
  const { StartingPositionTimestamp, ...settings } = input;
  return {
    ...settings,
    ...(StartingPositionTimestamp && { StartingPositionTimestamp: StartingPositionTimestamp.getTime() / 1000 }),
  };
}
