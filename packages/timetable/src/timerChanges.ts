/** Tells the timetable of this process, if it has one, that a timer was set. Other processes find it within seconds if this one dies. */
export class TimerChanges {
  readonly #listeners = new Set<() => void>();

  /** Call it after the commit of a transaction that set a timer. */
  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  onChanged(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }
}
