/** What a command that works on this machine gets from the process that it runs in. */
export interface MaintenanceTerminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder of the clone: a relative HEARTH_DATA is below it. */
  readonly root: string;
  /** Writes to standard output. */
  out(text: string): void;
  /** Writes to standard error. */
  complain(text: string): void;
}
