import { emptyListOfAccount } from "../nothingKept.ts";

export const listAccountAliases = emptyListOfAccount("ListAccountAliases", "AccountAliases");
