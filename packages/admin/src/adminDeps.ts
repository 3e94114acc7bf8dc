import type { Clock, Random } from "@hearth/kit";
import { AccessDeniedException, type Caller } from "@hearth/model";
import type { AccessKeyStore, AccountStore } from "@hearth/store";
import { OWNER_ACCOUNT } from "@hearth/model";

export interface AccountDeps {
  readonly accounts: AccountStore;
  readonly accessKeys: AccessKeyStore;
  readonly clock: Clock;
  readonly random: Random;
}

/** Accounts and their keys are looked after by the owner alone: with a root key of the owner's account. */
export function ownerOnly({ accountId, arn, principal }: Caller, operation: string): void {
  if (accountId === OWNER_ACCOUNT && principal.kind === "root") return;
  throw new AccessDeniedException(
    `User: ${arn} is not authorized to perform: hearth:${operation} on resource: * because only a root key of the owner's account ${OWNER_ACCOUNT} is`,
  );
}
