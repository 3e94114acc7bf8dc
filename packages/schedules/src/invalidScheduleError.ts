/** The text is not a schedule. `reason` says why, in words for the person who wrote it. AWS's own error says less, and each service has another text: its door makes it. */
export class InvalidScheduleError extends Error {
  override readonly name = "InvalidScheduleError";
  readonly expression: string;
  readonly reason: string;

  constructor(expression: string, reason: string) {
    super(`${expression} is not a valid schedule: ${reason}`);
    this.expression = expression;
    this.reason = reason;
  }
}
