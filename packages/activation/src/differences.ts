import type { RuntimeSupport } from "@hearth/drivers";
import type { FunctionConfiguration } from "@hearth/model";

const ARCHITECTURE = process.arch === "arm64" ? "arm64" : "x86_64";

/** What is different from AWS when a function with this configuration runs here, as a sentence for its owner; `undefined` when nothing is. */
export function differences(
  configuration: FunctionConfiguration,
  support: RuntimeSupport | undefined,
): string | undefined {
  const kept = keptSettings(configuration);
  const sentences = [
    support &&
      support.servedBy !== support.runtime &&
      `The runtime ${support.runtime} runs on ${support.servedBy} here.`,
    kept.length > 0 && `Kept, but without effect here: ${kept.join(", ")}.`,
  ].filter((sentence) => sentence !== undefined && sentence !== false);
  return sentences.length > 0 ? sentences.join(" ") : undefined;
}

/** Settings that Hearth keeps and shows, and does not act on: docs/compatibility.md. */
function keptSettings(configuration: FunctionConfiguration): readonly string[] {
  const { VpcConfig, KMSKeyArn, TracingConfig, SnapStart, Architectures } = configuration;
  const [architecture = ARCHITECTURE] = Architectures;
  const kept: readonly (readonly [name: string, isSet: boolean])[] = [
    ["VpcConfig", (VpcConfig?.SubnetIds.length ?? 0) > 0],
    ["KMSKeyArn", Boolean(KMSKeyArn)],
    ["TracingConfig", TracingConfig.Mode === "Active"],
    ["SnapStart", SnapStart.ApplyOn !== "None"],
    [`Architectures (this machine is ${ARCHITECTURE})`, architecture !== ARCHITECTURE],
  ];
  return kept.filter(([, isSet]) => isSet).map(([name]) => name);
}
