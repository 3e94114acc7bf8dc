import type { House } from "@hearth/access";
import type { SecretReader } from "@hearth/model";

/** What a service that uses stored passwords needs of a process, besides what every service needs. */
export interface SecretsHouse extends House {
  readonly secretReader: SecretReader;
}
