import type { Identities, SessionTokens } from "@hearth/access";
import type { Clock } from "@hearth/kit";

export interface StsDeps {
  readonly identities: Pick<Identities, "find">;
  readonly sessions: Pick<SessionTokens, "issue">;
  readonly clock: Clock;
}
