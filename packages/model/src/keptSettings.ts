import type { FunctionConfiguration } from "./functionConfiguration.ts";

const ARCHITECTURE = process.arch === "arm64" ? "arm64" : "x86_64";

type Configured = Pick<FunctionConfiguration, "VpcConfig" | "KMSKeyArn" | "Architectures">;

/** Settings of a function that Hearth keeps and shows, and does not act on: docs/compatibility.md. */
export function keptSettings(configuration: Configured): readonly string[] {
  const { VpcConfig, KMSKeyArn, Architectures } = configuration;
  const [architecture = ARCHITECTURE] = Architectures;
  const kept: readonly (readonly [name: string, isSet: boolean])[] = [
    ["VpcConfig", (VpcConfig?.SubnetIds.length ?? 0) > 0],
    ["KMSKeyArn", Boolean(KMSKeyArn)],
    [`Architectures (this machine is ${ARCHITECTURE})`, architecture !== ARCHITECTURE],
  ];
  return kept.filter(([, isSet]) => isSet).map(([name]) => name);
}
