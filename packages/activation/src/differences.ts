import type { RuntimeSupport } from "@hearth/drivers";
import { type FunctionConfiguration, keptSettings, otherRuntime } from "@hearth/model";

/** What is different from AWS when a function with this configuration runs here, as a sentence for its owner; `undefined` when nothing is. */
export function differences(
  configuration: FunctionConfiguration,
  support: RuntimeSupport | undefined,
): string | undefined {
  const kept = keptSettings(configuration);
  const sentences = [
    support && support.servedBy !== support.runtime && otherRuntime(support.runtime, support.servedBy),
    kept.length > 0 && `Kept, but without effect here: ${kept.join(", ")}.`,
  ].filter((sentence) => sentence !== undefined && sentence !== false);
  return sentences.length > 0 ? sentences.join(" ") : undefined;
}
