import type { SecretVersionFacts } from "@hearth/store";

export const CURRENT = "AWSCURRENT";
export const PENDING = "AWSPENDING";
export const PREVIOUS = "AWSPREVIOUS";

type Stages = ReadonlyMap<string, readonly string[]>;

/**
 * The stages of each version after some were given to one of them: a stage belongs to one version only, and the version that was current before becomes the
 * previous one. Only versions whose stages change are in it.
 */
export function stagesAfter(
  versions: readonly SecretVersionFacts[],
  VersionId: string,
  given: readonly string[],
): Stages {
  const before = new Map(versions.map((version) => [version.VersionId, version.stages]));
  if (!before.has(VersionId)) before.set(VersionId, []);
  const formerlyCurrent = given.includes(CURRENT)
    ? versions.find((version) => version.stages.includes(CURRENT) && version.VersionId !== VersionId)
    : undefined;
  const changed = new Map<string, readonly string[]>();
  for (const [id, stages] of before) {
    let after = stages.filter((stage) => id === VersionId || !given.includes(stage));
    if (formerlyCurrent) after = after.filter((stage) => stage !== PREVIOUS);
    if (id === formerlyCurrent?.VersionId) after = [...after, PREVIOUS];
    if (id === VersionId) after = [...new Set([...after, ...given])];
    if (after.length !== stages.length || after.some((stage, at) => stage !== stages[at])) changed.set(id, after);
  }
  return changed;
}
