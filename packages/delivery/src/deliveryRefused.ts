/** A target does not take a message, and will not take it later either: it does not exist, or the message is too large. */
export class DeliveryRefused extends Error {
  override readonly name = "DeliveryRefused";
  /** As dead letters of EventBridge name it: `NO_RESOURCE`, `NO_PERMISSIONS`, `INVALID_PARAMETER` … */
  readonly code: string;

  constructor(message: string, code = "ERROR_FROM_TARGET") {
    super(message);
    this.code = code;
  }
}
