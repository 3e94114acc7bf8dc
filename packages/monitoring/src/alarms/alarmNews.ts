/** Tells the evaluator of this process, if it has one, that alarms were made or changed. */
export class AlarmNews {
  #listener: (() => void) | undefined;

  listen(listener: () => void): void {
    this.#listener = listener;
  }

  tell(): void {
    this.#listener?.();
  }
}
