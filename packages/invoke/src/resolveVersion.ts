import type { Random } from "@hearth/kit";
import {
  functionArn,
  type FunctionVersion,
  LATEST,
  ResourceConflictException,
  ResourceNotFoundException,
} from "@hearth/model";
import type { FunctionKey, IndexedAlias, IndexedFunction } from "@hearth/store";

/**
 * The version that an invocation of `fn` with `Qualifier` runs; a weighted alias decides by chance.
 * Throws ResourceNotFoundException, and ResourceConflictException when that version is not active.
 */
export function resolveVersion(fn: IndexedFunction, Qualifier: string | undefined, random: Random): FunctionVersion {
  const wanted = Qualifier ?? LATEST;
  const direct = fn.versions.get(wanted);
  if (direct) return direct;
  const alias = fn.aliases.get(wanted);
  const name = alias ? pickVersion(alias, random) : wanted;
  const version = alias && fn.versions.get(name);
  if (version) return version;
  const state = fn.notActive.get(name);
  if (state === undefined) throw notFound(fn, Qualifier);
  throw new ResourceConflictException(
    `The operation cannot be performed at this time. The function is currently in the following state: ${state}`,
  );
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html */
function pickVersion(alias: IndexedAlias, random: Random): string {
  let left = 1;
  for (const version in alias.AdditionalVersionWeights) {
    if (left === 1) left = random.fraction();
    left -= alias.AdditionalVersionWeights[version] ?? 0;
    if (left < 0) return version;
  }
  return alias.FunctionVersion;
}

/** AWS names `$LATEST` where a call names no version. */
export function notFound(fn: FunctionKey, Qualifier = LATEST): ResourceNotFoundException {
  const { region, accountId, FunctionName } = fn;
  return new ResourceNotFoundException(
    `Function not found: ${functionArn({ region, accountId, FunctionName, Qualifier })}`,
  );
}
