import type { SessionTokens } from "@hearth/access";
import type { PassedTables } from "@hearth/tables";

/** What the operations need whose tables lie on the server that HEARTH_DYNAMODB_ENDPOINT names. */
export interface PassedDeps {
  readonly tables: PassedTables;
  readonly prove: SessionTokens["prove"];
}
