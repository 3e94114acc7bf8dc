import type { SsmParameterFacts } from "@hearth/store";
import { ParameterVersionLabelLimitExceeded } from "./errors.ts";

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html */
const MAX_LABELS = 10;

export function isLabel(text: string): boolean {
  return /^[a-zA-Z_.-][a-zA-Z0-9_.-]*$/.test(text) && text.length <= 100 && !/^(aws|ssm)/i.test(text);
}

/** The labels of each version, after some were put on one of them: a label belongs to one version only. Only versions that change are in it. */
export function labelsAfter(
  versions: readonly SsmParameterFacts[],
  Version: number,
  added: readonly string[],
): ReadonlyMap<number, readonly string[]> {
  const changed = new Map<number, readonly string[]>();
  for (const { Version: each, labels } of versions) {
    const kept = labels.filter((label) => !added.includes(label));
    if (each !== Version && kept.length < labels.length) changed.set(each, kept);
    if (each !== Version) continue;
    const all = [...kept, ...new Set(added)];
    if (all.length > MAX_LABELS) {
      throw new ParameterVersionLabelLimitExceeded(`A parameter version can have at most ${MAX_LABELS} labels.`);
    }
    changed.set(each, all);
  }
  return changed;
}
