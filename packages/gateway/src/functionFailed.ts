/** A function that an API called has ended with an error, has timed out or has been stopped. */
export class FunctionFailed extends Error {
  /** As in the outcome of an invocation. */
  readonly outcome: string;

  constructor(outcome: string) {
    super(`the function ended with ${outcome}`);
    this.outcome = outcome;
  }
}
