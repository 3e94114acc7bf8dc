const MAX_BYTES = 128 * 1024 * 1024;

/** What the events of all sandboxes of this process that wait for their listeners may hold together: listeners that hang must not use up its memory. */
export class TelemetryBudget {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** Counts an event that begins to wait; false when there is no room for it. */
  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.#maxBytes) return false;
    this.#bytes += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }
}
