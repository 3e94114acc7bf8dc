import { type FunctionSender, InvalidParameterValueException } from "@hearth/model";
import type { EventSource, MappedSource } from "./eventSource.ts";
import type { RoleRefusal } from "./roleCheck.ts";

/** The function of a mapping that is to be made. */
export interface MappedFunction {
  readonly sender: FunctionSender;
  readonly timeoutSeconds: number;
}

/**
 * Checks a mapping before it is stored: whether its source exists, suits the function, and may be read with the function's role. Rejects with AWS's error. Does
 * nothing for a source that Hearth does not poll.
 */
export async function checkSource(
  mapping: MappedSource,
  { sender, timeoutSeconds }: MappedFunction,
  { sources, refusalOf }: { readonly sources: readonly EventSource[]; readonly refusalOf: RoleRefusal },
): Promise<void> {
  const source = sources.find((one) => one.serves(mapping));
  if (!source) return;
  for (const needed of await source.permissions(mapping)) {
    if ((await refusalOf(sender, needed)) !== undefined) {
      throw new InvalidParameterValueException(source.refusal(needed));
    }
  }
  await source.check(mapping, { timeoutSeconds });
}
