import type { ClientConfig } from "@hearth/testkit";
import type { Database } from "@hearth/store";

/** A running Hearth, of one process or of several, that can be killed at random. */
export interface ChaosTarget extends AsyncDisposable {
  readonly clientConfig: ClientConfig;
  readonly database: Database;
  /** Kills something with SIGKILL and resolves with its name once it is started again. */
  killSomething(): Promise<string>;
  /** What the processes have logged. */
  logs(): string;
}
