import { storableText } from "@hearth/kit";

/** What stands in place of a secret; CloudTrail's own words. */
const HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS";

/** Members whose value is a secret, or a body that does not belong into the trail. Names that end in `Arn` or `Id` only point to one. */
const SECRET =
  /secret|passw|passphrase|credential|privatekey|^authorization$|tokencode|(session|security|bearer|access|auth|identity)token/i;
const POINTS_TO = /(arn|arns|id|ids|name)$/i;
const BODIES = new Set(["zipfile", "payload", "invokeargs", "logevents", "clientcontext", "body", "message"]);
/** Maps whose keys are shown and whose values may be secrets. */
const SECRET_VALUES = new Set(["variables", "stagevariables"]);

const MAX_TEXT = 8_192;
const MAX_DEPTH = 12;

/**
 * JSON of a call's input for the audit trail, of at most about `maxLength` characters: without secrets, bodies and bytes. What does not fit is left
 * out, and the member `(omitted)` counts it. Policy documents stay.
 */
export function recordedInput(input: unknown, maxLength: number): string {
  const budget = { left: maxLength, omitted: 0 };
  const kept = copyOf(input, budget, 0);
  const whole = typeof kept === "object" && kept !== null && !Array.isArray(kept) ? kept : {};
  return JSON.stringify(budget.omitted === 0 ? whole : { ...whole, "(omitted)": budget.omitted });
}

interface Budget {
  left: number;
  omitted: number;
}

function copyOf(value: unknown, budget: Budget, depth: number): unknown {
  if (typeof value === "string") return textOf(value, budget);
  if (value === null || typeof value === "number" || typeof value === "boolean") {
    budget.left -= 8;
    return value;
  }
  if (typeof value === "bigint") return textOf(String(value), budget);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : textOf(value.toISOString(), budget);
  if (typeof value !== "object") return undefined;
  if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`;
  if (depth >= MAX_DEPTH) return omit(budget);
  if (Array.isArray(value)) return listOf(value, budget, depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? mapOf(value, budget, depth) : "(stream)";
}

function listOf(values: readonly unknown[], budget: Budget, depth: number): unknown[] {
  const kept: unknown[] = [];
  for (const [at, value] of values.entries()) {
    if (budget.left <= 0) {
      budget.omitted += values.length - at;
      break;
    }
    budget.left -= 1;
    kept.push(copyOf(value, budget, depth + 1));
  }
  return kept;
}

function mapOf(map: object, budget: Budget, depth: number, hidesValues = false): object {
  const entries = Object.entries(map).filter(([, value]) => value !== undefined);
  const kept: [string, unknown][] = [];
  for (const [at, [name, value]] of entries.entries()) {
    if (budget.left <= 0) {
      budget.omitted += entries.length - at;
      break;
    }
    budget.left -= Math.min(name.length, MAX_TEXT) + 4;
    kept.push([
      storableText(name, 1024),
      hidesValues || isHidden(name, value) ? HIDDEN : memberOf(name, value, budget, depth + 1),
    ]);
  }
  // Own members of any name, also `__proto__`.
  return Object.fromEntries(kept);
}

function memberOf(name: string, value: unknown, budget: Budget, depth: number): unknown {
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
  if (isMap && SECRET_VALUES.has(name.toLowerCase())) return mapOf(value, budget, depth, true);
  return copyOf(value, budget, depth);
}

function isHidden(name: string, value: unknown): boolean {
  if (BODIES.has(name.toLowerCase())) return true;
  return SECRET.test(name) && !(POINTS_TO.test(name) && typeof value !== "object");
}

function textOf(text: string, budget: Budget): string {
  const limit = Math.max(2, Math.min(MAX_TEXT, budget.left));
  budget.left -= Math.min(text.length, limit) + 2;
  const kept = storableText(text, limit);
  return text.length > limit ? `${kept}… (${text.length} characters)` : kept;
}

function omit(budget: Budget): undefined {
  budget.omitted++;
  return undefined;
}
