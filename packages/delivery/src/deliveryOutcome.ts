/** `later`: written into the outbox. `failed`: given up; the outbox keeps it for a while. */
export type DeliveryOutcome = "delivered" | "later" | "failed";
