import { isSealed, type KeyRing } from "@hearth/kit";
import type { AccountRegion, FunctionConfiguration, FunctionVersion } from "@hearth/model";
import type { FunctionSettings } from "./functionSettings.ts";

/** The columns of `function_versions` that hold variables, or something that could be used to guess them. */
type SealedColumn = "settings" | "active_snapshot" | "update_answer" | "fingerprint";

/** `Environment` as stored: all variables in one sealed text. */
export interface SealedEnvironment {
  readonly Sealed: string;
}

/** `T` as stored. The order of its members does not change. */
export type Sealed<T> = Omit<T, "Environment"> & { readonly Environment?: SealedEnvironment };

export type SealedSnapshot = Omit<FunctionVersion, "configuration"> & {
  readonly configuration: Sealed<FunctionVersion["configuration"]>;
};

/** A function's name, account and region. */
interface RowKey extends AccountRegion {
  readonly FunctionName: string;
}

interface WithEnvironment {
  readonly Environment?: FunctionConfiguration["Environment"];
}

/** Seals and opens the columns of one row of `function_versions`. A sealed text is bound to its row and column. */
export class SealedVersion {
  readonly #keys: KeyRing;
  readonly #row: readonly string[];

  constructor(keys: KeyRing, { accountId, region, FunctionName }: RowKey, number: bigint | number) {
    this.#keys = keys;
    this.#row = ["function_versions", accountId, region, FunctionName, String(number)];
  }

  sealSettings(settings: FunctionSettings): Sealed<FunctionSettings> {
    return this.#seal(settings, "settings");
  }

  openSettings(settings: Sealed<FunctionSettings>): FunctionSettings {
    return this.#open(settings, "settings");
  }

  sealSnapshot(snapshot: FunctionVersion): SealedSnapshot {
    return { ...snapshot, configuration: this.#seal(snapshot.configuration, "active_snapshot") };
  }

  openSnapshot(snapshot: SealedSnapshot): FunctionVersion {
    return { ...snapshot, configuration: this.#open(snapshot.configuration, "active_snapshot") };
  }

  sealAnswer(answer: FunctionConfiguration): Sealed<FunctionConfiguration> {
    return this.#seal(answer, "update_answer");
  }

  openAnswer(answer: Sealed<FunctionConfiguration>): FunctionConfiguration {
    return this.#open(answer, "update_answer");
  }

  /** The fingerprint is a plain hash that includes the variables, and short values could be guessed from it, so it is sealed as well. */
  sealFingerprint(fingerprint: string): string {
    return this.#keys.seal(fingerprint, this.#identity("fingerprint"));
  }

  openFingerprint(fingerprint: string): string {
    return isSealed(fingerprint) ? this.#keys.open(fingerprint, this.#identity("fingerprint")) : fingerprint;
  }

  #seal<T extends WithEnvironment>(value: T, column: SealedColumn): Sealed<T> {
    const { Environment } = value;
    if (!Environment) return value as unknown as Sealed<T>;
    return {
      ...value,
      Environment: { Sealed: this.#keys.seal(JSON.stringify(Environment), this.#identity(column)) },
    };
  }

  #open<T extends WithEnvironment>(value: Sealed<T>, column: SealedColumn): T {
    const { Environment } = value;
    if (!Environment) return value as unknown as T;
    const opened: unknown = JSON.parse(this.#keys.open(Environment.Sealed, this.#identity(column)));
    return { ...value, Environment: opened } as unknown as T;
  }

  #identity(column: SealedColumn): readonly string[] {
    return [...this.#row, column];
  }
}
