/** How far a shard was processed: the position up to which every record is done. Records may be done in any order. */
export class Checkpoint {
  readonly #pending: { readonly position: string; done: boolean }[] = [];
  #position: string;

  constructor(position: string) {
    this.#position = position;
  }

  /** The position from which another process would go on. */
  get position(): string {
    return this.#position;
  }

  get isEmpty(): boolean {
    return this.#pending.length === 0;
  }

  /** Notes that everything before `position` was read. Call the result when it is done. */
  add(position: string): () => void {
    const entry = { position, done: false };
    this.#pending.push(entry);
    return () => {
      entry.done = true;
      while (this.#pending[0]?.done) this.#position = this.#pending.shift()?.position ?? this.#position;
    };
  }
}
