import type { SecretKey, SecretValue, Transaction } from "@hearth/store";
import type { SecretsDeps } from "./deps.ts";
import { InvalidParameterException, InvalidRequestException, ResourceExistsException } from "./errors.ts";
import { CURRENT, stagesAfter } from "./stages.ts";

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const MAX_VERSIONS = 100;
const MAX_STAGES = 20;

/** The value in a request; undefined when it has none. */
export function valueOf({
  SecretString,
  SecretBinary,
}: {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
}): SecretValue | undefined {
  if (SecretString !== undefined && SecretBinary !== undefined) {
    throw new InvalidParameterException(
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  }
  if (SecretString !== undefined) return { SecretString };
  return SecretBinary && { SecretBinary: Buffer.from(SecretBinary).toString("base64") };
}

/**
 * Adds a version to a secret that is locked, and moves stages to it. A repeated request changes nothing. Resolves with the stages of the version.
 */
export async function putVersion(
  { versions }: Pick<SecretsDeps, "versions">,
  tx: Transaction,
  key: SecretKey,
  version: { readonly VersionId: string; readonly value: SecretValue; readonly stages?: readonly string[] | undefined },
): Promise<readonly string[]> {
  const { VersionId, value, stages = [CURRENT] } = version;
  if (stages.length > MAX_STAGES)
    throw new InvalidParameterException(`A version can have at most ${MAX_STAGES} stages.`);
  const present = await versions.find(key, { VersionId }, tx);
  if (present?.value) {
    if (JSON.stringify(present.value) === JSON.stringify(value)) return present.stages;
    throw new ResourceExistsException("You can't modify an existing version, you can only create a new version.");
  }
  const before = await versions.list(key, tx);
  await versions.put(tx, key, VersionId, value);
  const changed = stagesAfter(before, VersionId, stages);
  for (const [id, after] of changed) await versions.setStages(tx, key, id, after);
  await forgetOld({ versions }, tx, key);
  return changed.get(VersionId) ?? present?.stages ?? [];
}

/** Versions without a stage go when there are too many, the oldest first. */
async function forgetOld({ versions }: Pick<SecretsDeps, "versions">, tx: Transaction, key: SecretKey): Promise<void> {
  const all = await versions.list(key, tx);
  const tooMany = all.length - MAX_VERSIONS;
  if (tooMany <= 0) return;
  const old = all.filter(({ stages }) => stages.length === 0).slice(0, tooMany);
  if (old.length < tooMany) {
    throw new InvalidRequestException(`A secret can have at most ${MAX_VERSIONS} versions with stages.`);
  }
  await versions.delete(
    tx,
    key,
    old.map(({ VersionId }) => VersionId),
  );
}
