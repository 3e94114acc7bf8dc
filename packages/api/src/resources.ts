import type { Resources } from "@hearth/access";
import { parseFunctionReference } from "@hearth/model";
import type { FunctionIndex, FunctionKey, IndexedFunction, PolicyDocument, PolicyStore, TagStore } from "@hearth/store";

export interface FunctionResourcesDeps {
  readonly policies: Pick<PolicyStore, "about">;
  readonly tags: Pick<TagStore, "list">;
  /** The functions in memory, in a process that runs functions. */
  readonly functions?: Pick<FunctionIndex, "find" | "load">;
}

interface FunctionTarget extends FunctionKey {
  readonly Qualifier: string | undefined;
}

/** Size of the cache of parsed ARNs. It is emptied when it is full. */
const MAX_PARSED = 10_000;
const NONE: readonly PolicyDocument[] = [];

/**
 * The policies and tags of functions, versions and aliases. Policies of a function that was invoked are in memory: an invocation waits for them only
 * the first time.
 */
export function functionResources({ policies, tags, functions }: FunctionResourcesDeps): Resources {
  const parsed = new Map<string, FunctionTarget | null>();
  const targetOf = (arn: string): FunctionTarget | null => {
    const known = parsed.get(arn);
    if (known !== undefined) return known;
    const target = parseFunctionArn(arn);
    if (parsed.size >= MAX_PARSED) parsed.clear();
    parsed.set(arn, target);
    return target;
  };
  return {
    policiesAbout(arn, isWarm) {
      const target = targetOf(arn);
      if (!target) return NONE;
      const { FunctionName, Qualifier } = target;
      const held = functions?.find(target, FunctionName);
      if (held) return policiesOf(held, Qualifier);
      if (!functions || !isWarm) return policies.about(target, Qualifier);
      return functions.load(target, FunctionName, Qualifier).then((found) => policiesOf(found, Qualifier));
    },
    async tagsOf(arn) {
      const target = targetOf(arn);
      return target ? await tags.list(target) : undefined;
    },
  };
}

function parseFunctionArn(arn: string): FunctionTarget | null {
  const reference = arn.includes(":function:") ? parseFunctionReference(arn) : undefined;
  if (reference?.accountId === undefined || reference.region === undefined) return null;
  const { accountId, region, FunctionName, Qualifier } = reference;
  return { accountId, region, FunctionName, Qualifier };
}

/** The function's own policy, and that of the version or alias. */
function policiesOf(held: IndexedFunction | undefined, Qualifier: string | undefined): readonly PolicyDocument[] {
  const policies = held?.policies;
  if (!policies) return NONE;
  const whole = policies.get("");
  const qualified = Qualifier === undefined ? undefined : policies.get(Qualifier);
  return [...(whole ? [whole] : NONE), ...(qualified ? [qualified] : NONE)];
}
