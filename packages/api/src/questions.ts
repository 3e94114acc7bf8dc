import { type Input, type Lookup, passRoleQuestion, type Question, type Questions, textOf } from "@hearth/access";
import { arn, functionArn, parseFunctionReference, partitionOf } from "@hearth/model";

/** Operations whose permission has another name. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html */
const ACTIONS: Readonly<Record<string, string>> = {
  Invoke: "InvokeFunction",
  InvokeWithResponseStream: "InvokeFunction",
  GetLayerVersionByArn: "GetLayerVersion",
};

/**
 * Operations that a function's policy can allow or deny. Operations on policies are not among them, so that no policy can lock the owner out.
 * https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html#permissions-resource-api
 */
const ASK_RESOURCE = new Set([
  "CreateAlias",
  "DeleteAlias",
  "DeleteFunction",
  "DeleteFunctionConcurrency",
  "DeleteFunctionEventInvokeConfig",
  "DeleteProvisionedConcurrencyConfig",
  "GetAlias",
  "GetFunction",
  "GetFunctionConcurrency",
  "GetFunctionConfiguration",
  "GetFunctionEventInvokeConfig",
  "GetPolicy",
  "GetProvisionedConcurrencyConfig",
  "Invoke",
  "InvokeAsync",
  "InvokeFunctionUrl",
  "InvokeWithResponseStream",
  "ListAliases",
  "ListFunctionEventInvokeConfigs",
  "ListProvisionedConcurrencyConfigs",
  "ListTags",
  "ListVersionsByFunction",
  "PublishVersion",
  "PutFunctionConcurrency",
  "PutFunctionEventInvokeConfig",
  "PutProvisionedConcurrencyConfig",
  "TagResource",
  "UntagResource",
  "UpdateAlias",
  "UpdateFunctionCode",
  "UpdateFunctionEventInvokeConfig",
]);

/**
 * Operations on a whole policy also need the permissions of the operations on its statements. A request for a function URL needs both permissions to invoke:
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
 */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  InvokeFunctionUrl: ["InvokeFunction"],
  PutResourcePolicy: ["AddPermission", "RemovePermission"],
  GetResourcePolicy: ["GetPolicy"],
  DeleteResourcePolicy: ["RemovePermission"],
};

/** Operations that name a function, but whose resource is an event source mapping or `*`. */
const ABOUT_MAPPINGS = /EventSourceMappings?$/;

export const questions: Questions = ({ operation, input, accountId, region }) => {
  // The link contains a proof of permission.
  if (operation === "HearthGetCode") return [];
  const resource = resourceOf(operation, input, accountId, region);
  const question = {
    action: `lambda:${ACTIONS[operation] ?? operation}`,
    ...resource,
    isRefusedSilently: operation === "CreateFunction" && resource.accountId !== accountId,
    asksResource: ASK_RESOURCE.has(operation),
    keys: keysOf(operation, input, accountId, region),
  };
  const code = codeObject(operation, input, accountId, region);
  const also = (ALSO[operation] ?? []).map((name) => ({ ...question, action: `lambda:${name}` }));
  const Role = textOf(input, "Role");
  if (Role === undefined) return [question, ...also, ...code];
  return [question, passRoleQuestion(accountId, Role, "lambda.amazonaws.com"), ...code];
};

/** Operations that take an archive, and the member with its source; `undefined` where the input itself has it. */
const CODE_SOURCES: ReadonlyMap<string, string | undefined> = new Map([
  ["CreateFunction", "Code"],
  ["PublishLayerVersion", "Content"],
  ["UpdateFunctionCode", undefined],
]);

/** An archive in S3 is read for the caller, whose own policies must allow that. */
function codeObject(operation: string, input: Input, accountId: string, region: string): readonly Question[] {
  if (!CODE_SOURCES.has(operation)) return [];
  const member = CODE_SOURCES.get(operation);
  const source = (member === undefined ? input : input[member]) as Input;
  const [bucket, key] = [textOf(source, "S3Bucket"), textOf(source, "S3Key")];
  // The operation refuses a source with only one of them.
  if (bucket === undefined || key === undefined) return [];
  const action = textOf(source, "S3ObjectVersion") === undefined ? "s3:GetObject" : "s3:GetObjectVersion";
  return [{ action, resources: [`arn:${partitionOf(region)}:s3:::${bucket}/${key}`], accountId }];
}

function resourceOf(
  operation: string,
  input: Input,
  accountId: string,
  region: string,
): Pick<Question, "resources" | "accountId"> {
  const own = (resource: string): string => arn({ service: "lambda", region, accountId, resource });
  const UUID = textOf(input, "UUID");
  if (UUID !== undefined) return { resources: [own(`event-source-mapping:${UUID}`)], accountId };
  const FunctionName =
    textOf(input, "FunctionName") ?? functionIn(textOf(input, "Resource") ?? textOf(input, "ResourceArn"));
  if (FunctionName !== undefined && !ABOUT_MAPPINGS.test(operation)) {
    return functionResource(FunctionName, textOf(input, "Qualifier"), accountId, region);
  }
  const layer = textOf(input, "LayerName");
  if (layer !== undefined) {
    const version = input["VersionNumber"];
    const arn = layer.startsWith("arn:") ? layer : own(`layer:${layer}`);
    return { resources: [typeof version === "number" ? `${arn}:${version}` : arn], accountId };
  }
  // The layer operations check the policy of another account's layer.
  const layerVersion = textOf(input, "Arn");
  if (layerVersion !== undefined) return { resources: [layerVersion], accountId };
  for (const member of ["Resource", "ResourceArn", "CodeSigningConfigArn"]) {
    const arn = textOf(input, member);
    if (arn !== undefined) return otherResource(arn, accountId);
  }
  return { resources: ["*"], accountId };
}

function functionIn(arn: string | undefined): string | undefined {
  return arn?.split(":")[5] === "function" ? arn : undefined;
}

function functionResource(
  name: string,
  qualifier: string | undefined,
  callerAccount: string,
  region: string,
): Pick<Question, "resources" | "accountId"> {
  // Most calls give a bare name, which needs no parsing.
  const reference = name.includes(":") ? parseFunctionReference(name) : { FunctionName: name };
  const FunctionName = reference?.FunctionName ?? name;
  const Qualifier = qualifier ?? reference?.Qualifier;
  const accountId = reference?.accountId ?? callerAccount;
  const resource = functionArn({ region: reference?.region ?? region, accountId, FunctionName, Qualifier });
  return { resources: [resource], accountId };
}

function otherResource(arn: string, accountId: string): Pick<Question, "resources" | "accountId"> {
  return { resources: [arn], accountId: /^\d{12}$/.exec(arn.split(":")[4] ?? "")?.[0] ?? accountId };
}

/** The key under which decisions on invocations are cached: the function and qualifier as the caller wrote them. All invocations have the same action. */
export function warmKey(operation: string, input: Input): string | undefined {
  if (operation !== "Invoke" && operation !== "InvokeWithResponseStream") return undefined;
  const { FunctionName, Qualifier } = input as { FunctionName: string; Qualifier?: string };
  return Qualifier === undefined ? FunctionName : `${FunctionName} ${Qualifier}`;
}

function keysOf(operation: string, input: Input, accountId: string, region: string): Lookup {
  return (key) => {
    switch (key) {
      case "lambda:functionarn": {
        const name = textOf(input, "FunctionName");
        return name === undefined ? undefined : [...functionResource(name, undefined, accountId, region).resources];
      }
      case "lambda:invokedviafunctionurl":
        return operation.startsWith("Invoke") ? [String(operation === "InvokeFunctionUrl")] : undefined;
      case "lambda:functionurlauthtype":
        return oneOf(textOf(input, "FunctionUrlAuthType") ?? textOf(input, "AuthType"));
      case "lambda:principal":
        return oneOf(textOf(input, "Principal"));
      case "lambda:layer":
        return textList(input["Layers"]);
      case "lambda:codesigningconfigarn":
        return oneOf(textOf(input, "CodeSigningConfigArn"));
      case "lambda:subnetids":
        return textList((input["VpcConfig"] as Input | undefined)?.["SubnetIds"]);
      case "lambda:securitygroupids":
        return textList((input["VpcConfig"] as Input | undefined)?.["SecurityGroupIds"]);
      default:
        return undefined;
    }
  };
}

function oneOf(value: string | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : [value];
}

function textList(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : undefined;
}
