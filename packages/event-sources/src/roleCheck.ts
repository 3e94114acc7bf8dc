import type { Clock } from "@hearth/kit";
import type { FunctionIndex } from "@hearth/store";
import { type FunctionSender, LATEST } from "@hearth/model";
import type { EventSource, MappedSource, NeededPermission } from "./eventSource.ts";

/** Why the role of a function may not do something; `undefined` when it may. */
export type RoleRefusal = (sender: FunctionSender, needed: NeededPermission) => Promise<string | undefined>;

const FRESH_MS = 5_000;

/** Whether the role of a mapping's function may read the source: asked again every few seconds while records come. */
export class RoleCheck {
  readonly #mapping: MappedSource;
  readonly #source: EventSource;
  readonly #functions: Pick<FunctionIndex, "load">;
  readonly #refusalOf: RoleRefusal;
  readonly #clock: Clock;
  #answer: Promise<string | undefined> | undefined;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    mapping: MappedSource,
    source: EventSource,
    deps: { readonly functions: Pick<FunctionIndex, "load">; readonly refusalOf: RoleRefusal; readonly clock: Clock },
  ) {
    this.#mapping = mapping;
    this.#source = source;
    this.#functions = deps.functions;
    this.#refusalOf = deps.refusalOf;
    this.#clock = deps.clock;
  }

  /** Why records may not be taken now; `undefined` when they may. Rejects when that cannot be found out. */
  async refusal(): Promise<string | undefined> {
    const now = this.#clock.monotonicMs();
    if (!this.#answer || now - this.#askedAtMs >= FRESH_MS) {
      this.#askedAtMs = now;
      this.#answer = this.#ask();
      this.#answer.catch(() => (this.#answer = undefined));
    }
    return await this.#answer;
  }

  async #ask(): Promise<string | undefined> {
    const needed = await this.#source.permissions(this.#mapping);
    if (needed.length === 0) return undefined;
    const sender = await senderOf(this.#mapping, this.#functions);
    if (!sender) {
      this.#askedAtMs = Number.NEGATIVE_INFINITY; // it may be there in a moment
      return "The function does not exist, or is not ready.";
    }
    for (const one of needed) {
      const refused = await this.#refusalOf(sender, one);
      if (refused !== undefined) return this.#source.refusal(one);
    }
    return undefined;
  }
}

/** The function of a mapping as the sender of messages; `undefined` when it does not exist. */
export async function senderOf(
  mapping: MappedSource,
  functions: Pick<FunctionIndex, "load">,
): Promise<FunctionSender | undefined> {
  const { accountId, region, FunctionName, Qualifier = LATEST } = mapping;
  const fn = await functions.load(mapping, FunctionName, mapping.Qualifier);
  const version = fn?.versions.get(fn.aliases.get(Qualifier)?.FunctionVersion ?? Qualifier);
  if (!version) return undefined;
  const { Role, LoggingConfig } = version.configuration;
  return { kind: "function", accountId, region, FunctionName, Role, LogGroup: LoggingConfig.LogGroup };
}
