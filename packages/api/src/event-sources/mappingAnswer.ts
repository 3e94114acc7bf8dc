import {
  arn,
  type EventSourceSettings,
  type FunctionSender,
  functionArn,
  InvalidParameterValueException,
} from "@hearth/model";
import type { EventSourceMapping, FunctionKey } from "@hearth/store";
import type { RequestContext } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { targetOf } from "../functions/targetOf.ts";
import { kindOf } from "./kinds.ts";

/** A mapping as AWS's EventSourceMappingConfiguration. */
export function mappingAnswer(mapping: EventSourceMapping): object {
  const { UUID, accountId, region, FunctionName, Qualifier, EventSourceArn, settings, LastModified, State } = mapping;
  const { LastProcessingResult = "No records processed" } = mapping;
  const kind = kindOf(EventSourceArn, settings);
  return {
    UUID,
    EventSourceMappingArn: arn({ service: "lambda", region, accountId, resource: `event-source-mapping:${UUID}` }),
    FunctionArn: functionArn({ region, accountId, FunctionName, Qualifier }),
    ...(EventSourceArn !== undefined && { EventSourceArn }),
    ...settings,
    LastModified,
    ...(kind.name !== "SQS" && { LastProcessingResult }),
    State,
    StateTransitionReason: kind.byUser,
  };
}

/** A function, version or alias that a mapping invokes. */
export interface MappedFunction extends FunctionKey {
  readonly Qualifier: string | undefined;
  readonly sender: FunctionSender;
  readonly timeoutSeconds: number;
}

/** The function of a mapping. Rejects when it does not exist. */
export async function mappedFunction(
  FunctionName: string,
  context: RequestContext,
  { functions }: Pick<ApiDeps, "functions">,
  action: string,
): Promise<MappedFunction> {
  const { key, Qualifier } = targetOf({ FunctionName }, context, action);
  const fn = await functions.find(key, Qualifier);
  if (!fn) throw new InvalidParameterValueException("Function does not exist");
  const { Role, LoggingConfig, Timeout } = fn.settings;
  const sender: FunctionSender = { kind: "function", ...key, Role, LogGroup: LoggingConfig.LogGroup };
  return { ...key, Qualifier, sender, timeoutSeconds: Timeout };
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
