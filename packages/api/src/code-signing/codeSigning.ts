import {
  arn,
  ARN_PATTERN,
  choice,
  CodeVerificationFailedException,
  list,
  REGION_PATTERN,
  structure,
  text,
} from "@hearth/model";
import { type CodeSigningConfig, configNotFound } from "@hearth/store";
import type { RequestContext } from "@hearth/wire";
import { callersOwn } from "../callersOwn.ts";
import type { ApiDeps } from "../deps.ts";

/** What the operations on code signing share: input members, the answer, and the check of code. See docs/adr. */

export const CodeSigningConfigArn = text({
  max: 200,
  pattern: `arn:(aws[a-zA-Z-]*)?:lambda:${REGION_PATTERN}:\\d{12}:code-signing-config:csc-[a-z0-9]{17}`,
});

export const codeSigningMembers = {
  Description: text({ max: 256 }).optional(),
  AllowedPublishers: structure({
    SigningProfileVersionArns: list({ max: 10_000, pattern: ARN_PATTERN }, { min: 1, max: 20 }),
  }),
  CodeSigningPolicies: structure({ UntrustedArtifactOnDeployment: choice(["Warn", "Enforce"]).optional() }).optional(),
};

/** A configuration as AWS's CodeSigningConfig. */
export function codeSigningAnswer(config: CodeSigningConfig): object {
  return {
    CodeSigningConfigId: config.id,
    CodeSigningConfigArn: config.arn,
    ...(config.Description !== undefined && { Description: config.Description }),
    AllowedPublishers: { SigningProfileVersionArns: config.SigningProfileVersionArns },
    CodeSigningPolicies: { UntrustedArtifactOnDeployment: config.UntrustedArtifactOnDeployment },
    LastModified: config.LastModified.toISOString().replace("Z", "+0000"),
  };
}

/** The id in a configuration's ARN. An ARN of another account or region is returned whole, so that no configuration is found. */
export function codeSigningId(text: string, context: RequestContext): string {
  const own = arn({ service: "lambda", ...callersOwn(context), resource: "code-signing-config:" });
  return text.startsWith(own) ? text.slice(own.length) : text;
}

/** The configuration with this ARN. Rejects with CodeSigningConfigNotFoundException. */
export async function wantedCodeSigning(
  config: string,
  context: RequestContext,
  { codeSigningConfigs }: Pick<ApiDeps, "codeSigningConfigs">,
): Promise<CodeSigningConfig> {
  const found = await codeSigningConfigs.find(callersOwn(context), codeSigningId(config, context));
  if (!found) throw configNotFound(config);
  return found;
}

/** Refuses code when the configuration enforces signatures: Hearth cannot verify any. */
export function checkSignature(config: CodeSigningConfig | undefined, FunctionName: string): void {
  if (config?.UntrustedArtifactOnDeployment !== "Enforce") return;
  throw new CodeVerificationFailedException(
    `Lambda cannot deploy the function. The function or layer might be signed using a signature that the client is not configured to accept. Check the provided signature for ${FunctionName}.`,
  );
}
