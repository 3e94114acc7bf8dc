/** A target takes no message now, and says or implies when it may again. */
export class DeliveryDelayed extends Error {
  override readonly name = "DeliveryDelayed";
  /** The next attempt is not made earlier. The message's retry policy may make it later. */
  readonly atLeastMs: number;
  /** Whether it counts as one of the attempts that the retry policy allows. It does not where nothing was sent. */
  readonly isAttempt: boolean;

  constructor(message: string, { atLeastMs, isAttempt }: { readonly atLeastMs: number; readonly isAttempt: boolean }) {
    super(message);
    this.atLeastMs = atLeastMs;
    this.isAttempt = isAttempt;
  }
}
