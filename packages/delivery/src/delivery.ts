import type { Logger } from "@hearth/kit";
import type { OutgoingMessage, Sender } from "@hearth/model";
import { type DeliveryStore, isConnectionLoss, isSerializationFailure, type Transaction } from "@hearth/store";
import type { DeliveryMetrics, DeliveryOutcome } from "./deliveryMetrics.ts";
import { DeliveryRefused } from "./deliveryRefused.ts";
import { type TargetAction, targetAction } from "./targetAction.ts";
import type { Send, TargetKind } from "./targetKind.ts";

export interface DeliveryDeps {
  readonly kinds: readonly TargetKind[];
  readonly outbox: Pick<DeliveryStore, "add">;
  /** Why the sender's role may not do something; `undefined` when it may. */
  readonly refusalOf: (sender: Sender, action: TargetAction) => Promise<string | undefined>;
  /** Called when a message was written into the outbox to be sent later. */
  readonly onLater?: () => void;
  readonly metrics: DeliveryMetrics;
  readonly logger: Logger;
}

/** Deliveries without a run of a function in between; a loop of functions that never run, or of queues and topics, ends here. */
export const MAX_HOPS = 64;

/** What was found out about a message before it is sent. */
export type Checked = { readonly send: Send } | { readonly refused: string } | { readonly notNow: string };

interface Result {
  readonly outcome: DeliveryOutcome;
  readonly error?: string;
  readonly committed?: () => void;
}

interface Planned {
  readonly message: OutgoingMessage;
  readonly checked: Checked;
}

/** A prepared sending: see `Delivery.prepare`. */
export interface PreparedDelivery {
  write(tx: Transaction): Promise<void>;
  committed(): void;
}

/**
 * The one way out: sends what happened to an ARN. A message to a target inside Hearth is written in the transaction of what caused it, so that both are
 * committed or neither is. One that cannot be written for a reason that may pass goes into the outbox in the same transaction, and is sent again from
 * there; one that is refused is kept there as dead.
 */
export class Delivery {
  readonly #deps: DeliveryDeps;
  readonly #kinds: ReadonlyMap<string, TargetKind>;

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
    this.#kinds = new Map(deps.kinds.map((kind) => [kind.service, kind]));
  }

  /** As metrics name the target's kind. */
  kindOf({ TargetArn }: OutgoingMessage): string {
    return this.#kinds.get(TargetArn.split(":")[2] ?? "")?.name ?? "other";
  }

  /** Whether the message may be sent: asked before a transaction is open, because the answer may need PostgreSQL. Never rejects. */
  async check(message: OutgoingMessage): Promise<Checked> {
    const { sender, TargetArn, hops } = message;
    if (hops > MAX_HOPS) return { refused: `it was passed on ${MAX_HOPS} times without a run of a function` };
    const kind = this.#kinds.get(TargetArn.split(":")[2] ?? "");
    const action = targetAction(TargetArn);
    if (!kind || !action) return { refused: `Hearth does not send to ${TargetArn} yet` };
    try {
      const refused = await this.#deps.refusalOf(sender, action);
      return refused === undefined ? { send: await kind.open(message) } : { refused };
    } catch (error) {
      if (error instanceof DeliveryRefused) return { refused: error.message };
      return { notNow: `the role or the target could not be read: ${String(error)}` };
    }
  }

  /** Checks what may be sent, for one transaction that causes it. Never rejects. */
  async prepare(messages: readonly OutgoingMessage[]): Promise<PreparedDelivery> {
    const planned = await Promise.all(
      messages.map(async (message) => ({ message, checked: await this.check(message) })),
    );
    // In the order of their targets, so that transactions that lock the same targets do so in the same order.
    planned.sort((a, b) => (a.message.TargetArn < b.message.TargetArn ? -1 : 1));
    let results: readonly Result[] = [];
    return {
      write: async (tx) => {
        const written: Result[] = [];
        for (const one of planned) written.push(await this.#write(tx, one));
        results = written;
      },
      committed: () => {
        for (const [at, result] of results.entries()) {
          const message = planned[at]?.message;
          if (message) this.#report(message, result);
        }
      },
    };
  }

  async #write(tx: Transaction, { message, checked }: Planned): Promise<Result> {
    if ("refused" in checked) return await this.#keep(tx, message, "dead", checked.refused);
    if ("notNow" in checked) return await this.#keep(tx, message, "waiting", checked.notNow);
    await tx.query("SAVEPOINT delivery");
    try {
      const committed = await checked.send(tx);
      await tx.query("RELEASE SAVEPOINT delivery");
      return { outcome: "delivered", committed };
    } catch (error) {
      if (isSerializationFailure(error) || isConnectionLoss(error)) throw error;
      await tx.query("ROLLBACK TO SAVEPOINT delivery");
      if (error instanceof DeliveryRefused) return await this.#keep(tx, message, "dead", error.message);
      return await this.#keep(tx, message, "waiting", String(error));
    }
  }

  async #keep(tx: Transaction, message: OutgoingMessage, state: "waiting" | "dead", error: string): Promise<Result> {
    await this.#deps.outbox.add(tx, { message, state, error });
    return { outcome: state === "dead" ? "failed" : "later", error };
  }

  #report(message: OutgoingMessage, { outcome, error, committed }: Result): void {
    committed?.();
    this.#deps.metrics.count(message, this.kindOf(message), outcome);
    if (outcome === "delivered") return;
    const { eventId, purpose, TargetArn, sender } = message;
    const { accountId, region, FunctionName } = sender;
    const text =
      outcome === "failed" ? "a message to a destination was refused" : "a message to a destination will be sent later";
    this.#deps.logger.warn({ requestId: eventId, accountId, region, FunctionName, purpose, TargetArn, error }, text);
    if (outcome === "later") this.#deps.onLater?.();
  }
}
