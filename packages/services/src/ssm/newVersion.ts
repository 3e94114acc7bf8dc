import { NotImplementedException, ValidationException } from "@hearth/model";
import type { NewSsmParameterVersion, SsmParameterType, SsmParameterVersion } from "@hearth/store";
import { checkAllowedPattern } from "./allowedPattern.ts";

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html */
const MAX_BYTES = { Standard: 4_096, Advanced: 8_192 } as const;
const DATA_TYPES = ["text", "aws:ec2:image", "aws:ssm:integration"];
/** AWS's own key of the account. */
const DEFAULT_KEY = "alias/aws/ssm";

export interface PutInput {
  readonly Value: string;
  readonly Type?: SsmParameterType | undefined;
  readonly Description?: string | undefined;
  readonly KeyId?: string | undefined;
  readonly AllowedPattern?: string | undefined;
  readonly Tier?: "Standard" | "Advanced" | "Intelligent-Tiering" | undefined;
  readonly Policies?: string | undefined;
  readonly DataType?: string | undefined;
}

/** The version that PutParameter adds. What the input leaves out is as in the version before. Throws AWS's errors. */
export function newVersion(
  input: PutInput,
  before: SsmParameterVersion | undefined,
  LastModifiedUser: string,
): NewSsmParameterVersion {
  const { Value } = input;
  const Type = input.Type ?? before?.Type;
  if (Type === undefined) throw new ValidationException("A parameter type is required when you create a parameter.");
  refusePolicies(input.Policies);
  const DataType = input.DataType ?? before?.settings.DataType ?? "text";
  if (!DATA_TYPES.includes(DataType)) {
    throw new ValidationException(`The following data type is not supported: ${DataType}.`);
  }
  if (input.KeyId !== undefined && Type !== "SecureString") {
    throw new ValidationException("KeyId is only valid for parameters of the type SecureString.");
  }
  const Description = input.Description ?? before?.settings.Description;
  const AllowedPattern = input.AllowedPattern ?? before?.settings.AllowedPattern;
  checkAllowedPattern(AllowedPattern, Value);
  const KeyId = input.KeyId ?? before?.settings.KeyId ?? DEFAULT_KEY;
  return {
    Type,
    Value,
    settings: {
      ...(Description && { Description }),
      ...(AllowedPattern && { AllowedPattern }),
      ...(Type === "SecureString" && { KeyId }),
      Tier: tierOf(input, before),
      DataType,
      LastModifiedUser,
    },
  };
}

function refusePolicies(Policies: string | undefined): void {
  if (Policies === undefined || ["", "[]", "[{}]", "{}"].includes(Policies.replace(/\s/g, ""))) return;
  throw new NotImplementedException("Hearth has no policies of parameters.");
}

function tierOf({ Tier, Value }: PutInput, before: SsmParameterVersion | undefined): "Standard" | "Advanced" {
  const bytes = Buffer.byteLength(Value);
  const present = before?.settings.Tier;
  if (present === "Advanced" && Tier === "Standard") {
    throw new ValidationException(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.",
    );
  }
  const isAdvanced =
    Tier === "Advanced" || present === "Advanced" || (Tier === "Intelligent-Tiering" && bytes > MAX_BYTES.Standard);
  const tier = isAdvanced ? "Advanced" : "Standard";
  if (bytes > MAX_BYTES[tier]) {
    throw new ValidationException(
      isAdvanced
        ? `Parameters have a maximum size of ${MAX_BYTES.Advanced} bytes.`
        : "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html",
    );
  }
  return tier;
}
