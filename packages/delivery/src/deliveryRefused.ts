/** A target does not take a message, and will not take it later either: it does not exist, or the message is too large. */
export class DeliveryRefused extends Error {
  override readonly name = "DeliveryRefused";
}
