import { MAX_TARGET_INPUT_BYTES } from "@hearth/buses";
import type { Logger } from "@hearth/kit";
import type { OutgoingMessage, Sender } from "@hearth/model";
import type { AccountLimit, Database, DeliveryStore, Transaction, Undelivered } from "@hearth/store";
import { aboutMessage } from "./aboutMessage.ts";
import { atAttempt } from "./atAttempt.ts";
import type { DeliveryMetrics } from "./deliveryMetrics.ts";
import type { DeliveryOutcome } from "./deliveryOutcome.ts";
import { DeliveryRefused } from "./deliveryRefused.ts";
import { MAX_HOPS } from "./maxHops.ts";
import type { OutsideKind } from "./outsideKind.ts";
import { type TargetAction, targetActions } from "./targetActions.ts";
import { targetKeys } from "./targetKey.ts";
import type { Committed, Send, TargetKind } from "./targetKind.ts";
import { writePlanned, type Written } from "./writePlanned.ts";

export interface DeliveryDeps {
  readonly database: Pick<Database, "transaction">;
  readonly kinds: readonly TargetKind[];
  readonly outsideKinds?: readonly OutsideKind[];
  readonly outbox: Pick<DeliveryStore, "add">;
  /** Why the sender may not do something; `undefined` when it may. */
  readonly refusalOf: (sender: Sender, action: TargetAction) => Promise<string | undefined>;
  /** Limits what waits in the outbox; no limit when absent. */
  readonly limit?: Pick<AccountLimit, "hasRoomFor" | "count" | "check"> | undefined;
  /** Called when a message was written into the outbox to be sent later. */
  readonly onLater?: () => void;
  readonly metrics: DeliveryMetrics;
  readonly logger: Logger;
}

/** What was found out about a message before it is sent. */
export type Checked =
  | { readonly send: Send }
  /** It has to be sent from the outbox. */
  | { readonly outside: OutsideKind }
  | { readonly refused: DeliveryRefused }
  | { readonly notNow: string };

interface Planned {
  readonly message: OutgoingMessage;
  readonly checked: Checked;
}

interface Result {
  readonly outcome: DeliveryOutcome | "outside";
  readonly error?: string;
  readonly committed?: Committed;
}

/** A prepared sending: see `Delivery.prepare`. */
export interface PreparedDelivery {
  /**
   * Throws ThrottlingException when messages would have to wait in the outbox, and those of the account that wait there take all they may. To be called by
   * whoever can still refuse what causes the messages; without it they are given up.
   */
  checkRoom(): void;
  /** Sends in `tx`. Called again when the transaction is repeated. */
  write(tx: Transaction): Promise<void>;
  /** To be called when the transaction has committed. */
  committed(): void;
}

/**
 * The one way out: sends what happened to an ARN or a URL. A message to a target inside Hearth is written in the transaction of what caused it, so that both
 * are committed or neither is. One that cannot be written for a reason that may pass, and one for a target outside Hearth, goes into the outbox in the same
 * transaction and is sent from there; one that is refused goes to its dead-letter queue, or is kept in the outbox as dead.
 */
export class Delivery {
  readonly #deps: DeliveryDeps;
  readonly #kinds = new Map<string, TargetKind>();
  readonly #outsideKinds = new Map<string, OutsideKind>();

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
    for (const kind of deps.kinds) {
      this.#kinds.set(kind.resourceType === undefined ? kind.service : `${kind.service}/${kind.resourceType}`, kind);
    }
    for (const kind of deps.outsideKinds ?? []) for (const key of kind.targets) this.#outsideKinds.set(key, kind);
  }

  /** As metrics name the target's kind. */
  kindOf({ TargetArn }: Pick<OutgoingMessage, "TargetArn">): string {
    return (this.#outsideKindOf(TargetArn) ?? this.#insideKindOf(TargetArn))?.name ?? "other";
  }

  /**
   * Whether the message may be sent, and how: asked before a transaction is open, because the answer may need PostgreSQL. Asked again at each attempt,
   * because permissions change. Never rejects.
   */
  async check(message: OutgoingMessage): Promise<Checked> {
    const { sender, purpose, TargetArn, hops } = message;
    if (hops > MAX_HOPS) {
      return { refused: new DeliveryRefused(`it was passed on ${MAX_HOPS} times without a run of a function`) };
    }
    if (purpose === "RuleTarget" && message.body.byteLength > MAX_TARGET_INPUT_BYTES) {
      return { refused: new DeliveryRefused(`the input of the target has more than ${MAX_TARGET_INPUT_BYTES} bytes`) };
    }
    const outside = this.#outsideKindOf(TargetArn);
    const kind = outside ? undefined : this.#insideKindOf(TargetArn);
    const actions = targetActions(message);
    if (outside ? actions.length === 0 && TargetArn.startsWith("arn:") : !kind || actions.length === 0) {
      return { refused: new DeliveryRefused(`Hearth does not send to ${TargetArn} yet`, "INVALID_PARAMETER") };
    }
    try {
      for (const action of actions) {
        const refused = await this.#deps.refusalOf(sender, action);
        if (refused !== undefined) return { refused: new DeliveryRefused(refused, "NO_PERMISSIONS") };
      }
      if (outside) return { outside };
      return { send: await (kind as TargetKind).open(message) };
    } catch (error) {
      if (error instanceof DeliveryRefused) return { refused: error };
      return { notNow: `the role or the target could not be read: ${String(error)}` };
    }
  }

  /**
   * Checks what may be sent, for one transaction that causes it. Never rejects. Meant for up to 10 targets; use `FanOuts` for more, so that the transaction
   * stays short.
   */
  async prepare(messages: readonly OutgoingMessage[]): Promise<PreparedDelivery> {
    const planned = await Promise.all(messages.map(async (message) => await this.#plan(message)));
    // In the order of their targets, so that transactions that lock the same targets do so in the same order.
    planned.sort((a, b) => (a.message.TargetArn < b.message.TargetArn ? -1 : 1));
    let results: readonly Result[] = [];
    return {
      checkRoom: () => {
        for (const { message, checked } of planned) {
          if (waits(checked)) this.#deps.limit?.check(message.sender.accountId, message.body.byteLength);
        }
      },
      write: async (tx) => {
        results = await this.#write(tx, planned);
      },
      committed: () => {
        for (const [at, result] of results.entries()) {
          const message = planned[at]?.message;
          if (message) this.#report(message, result);
        }
        if (results.some(({ outcome }) => outcome === "later" || outcome === "outside")) this.#deps.onLater?.();
      },
    };
  }

  /**
   * Throws ThrottlingException when so many messages of the account wait to be sent that it may not cause more, whether or not they would have to wait. Where
   * they are prepared already, `PreparedDelivery.checkRoom` refuses less.
   */
  checkRoom(accountId: string, bytes: number): void {
    this.#deps.limit?.check(accountId, bytes);
  }

  /** Sends messages in a transaction of their own. Resolves when it is committed: each message was delivered, or is in the outbox. */
  async sendNow(messages: readonly OutgoingMessage[]): Promise<void> {
    if (messages.length === 0) return;
    const prepared = await this.prepare(messages);
    await this.#deps.database.transaction((tx) => prepared.write(tx));
    prepared.committed();
  }

  async #plan(message: OutgoingMessage): Promise<Planned> {
    // Whether it may be sent is decided at each attempt, which the outbox makes.
    const outside = message.hops > MAX_HOPS ? undefined : this.#outsideKindOf(message.TargetArn);
    return { message, checked: outside ? { outside } : await this.check(atAttempt(message, 1)) };
  }

  async #write(tx: Transaction, planned: readonly Planned[]): Promise<readonly Result[]> {
    const written = [
      ...(await writePlanned(
        tx,
        planned.flatMap(({ checked }) => ("send" in checked ? [checked.send] : [])),
      )),
    ];
    const undelivered: Undelivered[] = [];
    const results = planned.map(({ message, checked }): Result => {
      const outcome = "send" in checked ? (written.shift() as Written) : checked;
      if ("committed" in outcome) return { outcome: "delivered", committed: outcome.committed };
      const kept = this.#withinLimit(message, keptAs(message, outcome));
      undelivered.push({ message, isOutside: "outside" in outcome, ...kept });
      const { state, error } = kept;
      if (state === "dead") return { outcome: "failed", error };
      return { outcome: "outside" in outcome ? "outside" : "later", error };
    });
    if (undelivered.length > 0) await this.#deps.outbox.add(tx, undelivered);
    return results;
  }

  /** A message that has no room to wait is given up. */
  #withinLimit({ sender, body }: OutgoingMessage, kept: Kept): Kept {
    if (kept.state === "dead" || (this.#deps.limit?.hasRoomFor(sender.accountId, body.byteLength) ?? true)) return kept;
    return { state: "dead", error: `too many messages of the account wait to be sent; ${kept.error}` };
  }

  #report(message: OutgoingMessage, { outcome, error, committed }: Result): void {
    committed?.();
    if (outcome === "outside" || outcome === "later") {
      this.#deps.limit?.count(message.sender.accountId, message.body.byteLength);
    }
    if (outcome === "outside") return;
    this.#deps.metrics.count(message, this.kindOf(message), outcome);
    if (outcome === "delivered") return;
    const text =
      outcome === "failed" ? "a message to a destination was refused" : "a message to a destination will be sent later";
    this.#deps.logger.warn({ ...aboutMessage(message), error }, text);
  }

  #insideKindOf(TargetArn: string): TargetKind | undefined {
    return found(this.#kinds, TargetArn);
  }

  #outsideKindOf(TargetArn: string): OutsideKind | undefined {
    return found(this.#outsideKinds, TargetArn);
  }
}

function found<Kind>(kinds: ReadonlyMap<string, Kind>, TargetArn: string): Kind | undefined {
  const key = targetKeys(TargetArn).find((one) => kinds.has(one));
  return key === undefined ? undefined : kinds.get(key);
}

function waits(checked: Checked): boolean {
  return "outside" in checked || "notNow" in checked;
}

type Kept = Omit<Undelivered, "message" | "isOutside">;
type NotSent = Exclude<Checked, { send: Send }> | Exclude<Written, { committed: Committed }>;

/** How the outbox keeps a message. One that is refused waits if it has a dead-letter queue: the outbox sends it there. */
function keptAs({ deadLetterArn }: OutgoingMessage, why: NotSent): Kept {
  if ("outside" in why) return { state: "waiting", error: "not tried yet", attempts: 0 };
  if ("notNow" in why) return { state: "waiting", error: why.notNow };
  if ("failed" in why) return { state: "waiting", error: why.failed };
  const { message: error } = why.refused;
  return deadLetterArn === undefined ? { state: "dead", error } : { state: "waiting", error, attempts: 0 };
}
