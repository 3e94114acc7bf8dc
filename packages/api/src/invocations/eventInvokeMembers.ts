import {
  ARN_PATTERN,
  functionArn,
  integer,
  InvalidParameterValueException,
  NamespacedFunctionName,
  parseFunctionReference,
  Qualifier,
  structure,
  text,
} from "@hearth/model";
import type { EventInvokeConfig, EventInvokeSettings, FunctionKey } from "@hearth/store";
import type { z } from "zod";
import type { ApiDeps } from "../deps.ts";

/** What the operations on settings of asynchronous invocation share: input members, rules and the answer. */

const DestinationArn = text({
  min: 0,
  max: 350,
  pattern: `$|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|${ARN_PATTERN}`,
});

export const DestinationConfig = structure({
  OnSuccess: structure({ Destination: DestinationArn.optional() }).optional(),
  OnFailure: structure({ Destination: DestinationArn.optional() }).optional(),
});

/** The input of PutFunctionEventInvokeConfig and UpdateFunctionEventInvokeConfig. */
export const EventInvokeInput = structure({
  FunctionName: NamespacedFunctionName,
  Qualifier: Qualifier.optional(),
  MaximumRetryAttempts: integer({ min: 0, max: 2 }).optional(),
  MaximumEventAgeInSeconds: integer({ min: 60, max: 21_600 }).optional(),
  DestinationConfig: DestinationConfig.optional(),
});

/** The settings in `input`, for the function, version or alias `Qualifier`. An empty destination removes the stored one. Rejects with InvalidParameterValueException. */
export async function eventInvokeSettings(
  input: z.output<typeof EventInvokeInput>,
  key: FunctionKey,
  Qualifier: string | undefined,
  deps: Pick<ApiDeps, "functions" | "refusalOfSending">,
): Promise<EventInvokeSettings> {
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig: destinations } = input;
  if (MaximumRetryAttempts === undefined && MaximumEventAgeInSeconds === undefined && destinations === undefined) {
    throw new InvalidParameterValueException("You must specify at least one of error handling or destination setting.");
  }
  const onSuccess = destinations?.OnSuccess?.Destination || undefined;
  const onFailure = destinations?.OnFailure?.Destination || undefined;
  if (![onSuccess, onFailure].every((arn) => arn === undefined || SERVICES.has(serviceOf(arn)))) {
    throw new InvalidParameterValueException(
      `The provided destination config DestinationConfig(onSuccess=${shown("OnSuccess", onSuccess)}, onFailure=${shown("OnFailure", onFailure)}) is invalid.`,
    );
  }
  if (onSuccess !== undefined) await checkDestination(onSuccess, "OnSuccess", key, deps);
  if (onFailure !== undefined) await checkDestination(onFailure, "OnFailure", key, deps);
  const wanted = [onSuccess, onFailure].filter((arn) => arn !== undefined);
  if (wanted.length > 0) await checkRoleOf(key, Qualifier, wanted, deps);
  return {
    ...(MaximumRetryAttempts !== undefined && { MaximumRetryAttempts }),
    ...(MaximumEventAgeInSeconds !== undefined && { MaximumEventAgeInSeconds }),
    ...(destinations && { onSuccess, onFailure }),
  };
}

/** The services that AWS sends to. */
const SERVICES: ReadonlySet<string | undefined> = new Set(["sqs", "sns", "events", "s3", "lambda"]);

function serviceOf(arn: string): string | undefined {
  return arn.split(":")[2];
}

/** A destination as Java prints it. */
function shown(when: "OnSuccess" | "OnFailure", arn: string | undefined): string {
  return arn === undefined ? "null" : `${when}(destination=${arn})`;
}

/** Standard queues and topics, event buses and functions; buckets for failures only. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
async function checkDestination(
  arn: string,
  when: "OnSuccess" | "OnFailure",
  key: FunctionKey,
  { functions }: Pick<ApiDeps, "functions">,
): Promise<void> {
  const invalid = new InvalidParameterValueException(`The destination ARN ${arn} is invalid.`);
  const [, , service, , , ...resource] = arn.split(":");
  const name = resource.join(":");
  switch (service) {
    case "sqs":
    case "sns":
      if (name === "" || name.endsWith(".fifo")) throw invalid;
      return;
    case "events":
      if (!/^event-bus\/[/.\-_A-Za-z0-9]{1,256}$/.test(name)) throw invalid;
      return;
    case "s3":
      if (when === "OnSuccess" || name === "") throw invalid;
      return;
    case "lambda": {
      const target = parseFunctionReference(arn);
      if (!target) throw invalid;
      const here = target.region === key.region && target.accountId === key.accountId;
      if (here && target.FunctionName === key.FunctionName) {
        throw new InvalidParameterValueException("You can't specify the function as a destination for itself.");
      }
      if (here && !(await functions.find({ ...key, FunctionName: target.FunctionName }, target.Qualifier)))
        throw invalid;
      return;
    }
    default:
      throw invalid;
  }
}

const CALLS: Readonly<Record<string, string>> = {
  sqs: "SendMessage",
  sns: "Publish",
  lambda: "InvokeFunction",
  events: "PutEvents",
  s3: "PutObject",
};

/** Refuses destinations that the role of the function, version or alias may not send to. The store refuses one that does not exist. */
async function checkRoleOf(
  key: FunctionKey,
  Qualifier: string | undefined,
  destinations: readonly string[],
  { functions, refusalOfSending }: Pick<ApiDeps, "functions" | "refusalOfSending">,
): Promise<void> {
  const fn = await functions.find(key, Qualifier);
  if (!fn) return;
  const { Role, LoggingConfig } = fn.settings;
  for (const arn of destinations) {
    const refusal = await refusalOfSending({ kind: "function", ...key, Role, LogGroup: LoggingConfig.LogGroup }, arn);
    if (refusal === undefined) continue;
    const call = CALLS[serviceOf(arn) ?? ""] ?? "the destination";
    throw new InvalidParameterValueException(
      `The function's execution role does not have permissions to call ${call} on ${arn}`,
    );
  }
}

/** A configuration as AWS's FunctionEventInvokeConfig. */
export function eventInvokeAnswer(config: EventInvokeConfig, key: FunctionKey): object {
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds, onSuccess, onFailure } = config;
  return {
    LastModified: config.LastModified,
    FunctionArn: functionArn({ ...key, Qualifier: config.qualifier }),
    ...(MaximumRetryAttempts !== undefined && { MaximumRetryAttempts }),
    ...(MaximumEventAgeInSeconds !== undefined && { MaximumEventAgeInSeconds }),
    DestinationConfig: {
      OnSuccess: onSuccess === undefined ? {} : { Destination: onSuccess },
      OnFailure: onFailure === undefined ? {} : { Destination: onFailure },
    },
  };
}
