import { compileFilterPolicy, type FilterPolicy, type FilterPolicyScope } from "@hearth/patterns";
import type { SnsSubscriptionRecord } from "@hearth/store";
import type { Publication } from "./publication.ts";

const MAX_COMPILED = 2_000;

/** Decides which subscriptions get a message. Keeps compiled filter policies. */
export class Recipients {
  readonly #compiled = new Map<string, FilterPolicy>();

  of(subscriptions: readonly SnsSubscriptionRecord[], publication: Publication): readonly SnsSubscriptionRecord[] {
    const message = { attributes: publication.attributes ?? {}, body: publication.message };
    return subscriptions.filter(({ attributes }) => {
      const { FilterPolicy: text, FilterPolicyScope: scope } = attributes;
      return (
        !text || this.#policy(text, scope === "MessageBody" ? "MessageBody" : "MessageAttributes").matches(message)
      );
    });
  }

  #policy(text: string, scope: FilterPolicyScope): FilterPolicy {
    const key = `${scope} ${text}`;
    let policy = this.#compiled.get(key);
    if (!policy) {
      if (this.#compiled.size >= MAX_COMPILED) this.#compiled.clear();
      // It was checked when it was set.
      this.#compiled.set(key, (policy = compileFilterPolicy(text, scope)));
    }
    return policy;
  }
}
