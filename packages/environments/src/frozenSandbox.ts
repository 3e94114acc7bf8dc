import type { Logger } from "@hearth/kit";
import type { Sandbox } from "./sandbox.ts";

/** A sandbox whose processes are being or have been frozen, until it is thawed. */
export class FrozenSandbox {
  readonly #sandbox: Pick<Sandbox, "thaw">;
  readonly #freezing: Promise<void>;

  /** Begins to freeze at once. A sandbox that cannot be frozen goes on running. */
  constructor(sandbox: Pick<Sandbox, "id" | "freeze" | "thaw">, logger: Logger) {
    this.#sandbox = sandbox;
    this.#freezing = sandbox.freeze().catch((error: unknown) => {
      logger.warn({ err: error, sandboxId: sandbox.id }, "freezing failed");
    });
  }

  /** Resolves when the processes run again. Rejects when they cannot be thawed. */
  async thaw(): Promise<void> {
    await this.#freezing;
    await this.#sandbox.thaw();
  }
}
