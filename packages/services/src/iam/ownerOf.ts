import type { Caller } from "@hearth/model";
import type { KeyOwner } from "@hearth/store";
import { NoSuchEntity } from "./errors.ts";

/** The user whose keys a request is about: the user that it names, otherwise the caller. */
export function ownerOf(UserName: string | undefined, { accountId, principal }: Caller): KeyOwner {
  return { accountId, UserName: UserName ?? (principal.kind === "user" ? principal.UserName : undefined) };
}

export function keyNotFound(AccessKeyId: string): NoSuchEntity {
  return new NoSuchEntity(`The Access Key with id ${AccessKeyId} cannot be found.`);
}
