import { textTable, withoutControls } from "./textTable.ts";

/** A message that waits to be sent or was given up, as the admin API shows it. */
export interface DeliveryRow {
  readonly id: string;
  readonly purpose: string;
  readonly source: string;
  readonly target: string;
  readonly state: string;
  readonly attempts: number;
  readonly lastError: string;
  readonly createdAt: string;
  readonly dueAt?: string;
  readonly deadAt?: string;
  readonly eventId?: string;
  readonly bytes: number;
  readonly bodyKept: boolean;
}

const SHORT = 100;

export function deliveryTable(deliveries: readonly DeliveryRow[]): string {
  if (deliveries.length === 0) return "There are no such messages: everything was delivered.";
  return textTable(
    ["ID", "SENT", "PURPOSE", "SOURCE", "TARGET", "STATE", "ATTEMPTS", "LAST ERROR"],
    deliveries.map((it) => [
      it.id,
      it.createdAt.slice(0, 19).replace("T", " "),
      it.purpose,
      withoutControls(it.source),
      withoutControls(it.target),
      it.state,
      String(it.attempts),
      withoutControls(it.lastError).slice(0, SHORT),
    ]),
  );
}

export function deliveryText(it: DeliveryRow): string {
  const facts = [
    ["id", it.id],
    ["purpose", it.purpose],
    ["source", it.source],
    ["target", it.target],
    ["state", it.state],
    ["sent", it.createdAt],
    it.deadAt === undefined ? ["next try", it.dueAt ?? ""] : ["given up", it.deadAt],
    ["attempts", String(it.attempts)],
    ["body", `${it.bytes} bytes${it.bodyKept ? "" : ", removed"}`],
    ...(it.eventId === undefined ? [] : [["event", it.eventId]]),
    ["last error", it.lastError],
  ];
  return facts.map(([name = "", value = ""]) => `${name.padEnd(12)}${withoutControls(value)}`).join("\n");
}
