import { isJsonTemplate, parseInputTemplate, parseBusArn, parseJsonPath, RESERVED_VARIABLES } from "@hearth/buses";
import { ValidationException } from "@hearth/model";
import type { RuleTarget } from "@hearth/store";
import { MAX_HTTP_PARAMETERS_BYTES } from "./authParameters.ts";

/** Services that rules send to, by the service and the first part of the resource in ARNs. */
const SERVED: Readonly<Record<string, { readonly needsRole: boolean }>> = {
  lambda: { needsRole: false },
  sqs: { needsRole: false },
  sns: { needsRole: false },
  kinesis: { needsRole: true },
  logs: { needsRole: false },
  "events/event-bus": { needsRole: true },
  "events/api-destination": { needsRole: true },
};
const RESERVED: ReadonlySet<string> = new Set(RESERVED_VARIABLES);

/** Throws AWS's error for a target that cannot work. */
export function checkTarget(target: RuleTarget): void {
  checkArn(target);
  checkInput(target);
  checkHttpParameters(target);
}

function checkHttpParameters({ Id, HttpParameters }: RuleTarget): void {
  if (!HttpParameters) return;
  if (Buffer.byteLength(JSON.stringify(HttpParameters)) > MAX_HTTP_PARAMETERS_BYTES)
    throw new ValidationException(`HttpParameters of target ${Id} must not exceed ${MAX_HTTP_PARAMETERS_BYTES} bytes.`);
}

function checkArn({ Id, Arn, RoleArn, SqsParameters, KinesisParameters }: RuleTarget): void {
  const [prefix, partition, service = "", , , resource = ""] = Arn.split(":");
  if (prefix !== "arn" || !partition || service === "" || resource === "")
    throw invalid(Arn, "Provided Arn is not in correct format.");
  const served = SERVED[service] ?? SERVED[`${service}/${resource.split("/")[0]}`];
  if (!served) throw invalid(Arn, `Hearth does not send events to ${service} yet.`);
  if (served.needsRole && RoleArn === undefined)
    throw new ValidationException(`RoleArn is required for target ${Arn}.`);
  if (KinesisParameters && !parseJsonPath(KinesisParameters.PartitionKeyPath))
    throw invalid("PartitionKeyPath", `${KinesisParameters.PartitionKeyPath} is not a JSON path.`);
  if (Arn.endsWith(".fifo") && service === "sqs" && SqsParameters?.MessageGroupId === undefined)
    throw new ValidationException(`Parameter(s) SqsParameters must be specified for target: ${Id}.`);
}

function checkInput({ Id, Arn, Input, InputPath, InputTransformer }: RuleTarget): void {
  const inputs = [Input, InputPath, InputTransformer].filter((one) => one !== undefined);
  if (parseBusArn(Arn) && inputs.length > 0)
    throw invalid("Input", `An event bus gets events as they are; target ${Id} cannot change them.`);
  if (inputs.length > 1)
    throw new ValidationException(
      `Only one of Input, InputPath, or InputTransformer must be provided for target ${Id}.`,
    );
  if (Input !== undefined) checkJson(Input, Id);
  if (InputPath !== undefined && !parseJsonPath(InputPath))
    throw invalid("InputPath", `${InputPath} is not a JSON path.`);
  if (InputTransformer) checkTransformer(Id, InputTransformer);
}

function checkTransformer(Id: string, transformer: NonNullable<RuleTarget["InputTransformer"]>): void {
  const paths = Object.entries(transformer.InputPathsMap ?? {});
  if (paths.length > 100) throw new ValidationException(`InputPathsMap of target ${Id} has more than 100 entries.`);
  for (const [name, path] of paths) {
    if (!/^[A-Za-z0-9_-]{1,256}$/.test(name) || name.toUpperCase().startsWith("AWS"))
      throw new ValidationException(`Invalid key ${name} in InputPathsMap of target ${Id}.`);
    if (!parseJsonPath(path))
      throw new ValidationException(`Invalid InputPathsMap for target ${Id}: ${path} is not a JSON path.`);
  }
  const template = parseInputTemplate(transformer.InputTemplate);
  const known = new Set(paths.map(([name]) => name));
  for (const part of template.parts) {
    if ("name" in part && !known.has(part.name) && !RESERVED.has(part.name))
      throw new ValidationException(`InputTemplate for target ${Id} contains invalid placeholder ${part.name}.`);
  }
  if (!isJsonTemplate(template))
    throw new ValidationException(
      `Invalid InputTemplate for target ${Id} : it is neither JSON nor lines of JSON strings.`,
    );
}

function checkJson(text: string, Id: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    throw new ValidationException(`JSON syntax error in input for target ${Id}: ${(error as Error).message}`);
  }
}

function invalid(parameter: string, reason: string): ValidationException {
  return new ValidationException(`Parameter ${parameter} is not valid. Reason: ${reason}`);
}
