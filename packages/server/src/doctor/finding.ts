/** What one check of `hearth doctor` found. */
export interface Finding {
  /** What was checked, such as `Docker Engine`. */
  readonly check: string;
  readonly result: "ok" | "warn" | "fail";
  /** What is the case; one sentence without its full stop. */
  readonly found: string;
  /** What to do; one sentence without its full stop. Present unless the result is ok. */
  readonly remedy?: string;
}

export function ok(check: string, found: string): Finding {
  return { check, result: "ok", found };
}

export function warn(check: string, found: string, remedy: string): Finding {
  return { check, result: "warn", found, remedy };
}

export function fail(check: string, found: string, remedy: string): Finding {
  return { check, result: "fail", found, remedy };
}

export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || String((error as NodeJS.ErrnoException).code ?? error.name);
}
