import { emptyListOfAccount } from "../nothingKept.ts";

export const listGroups = emptyListOfAccount("ListGroups", "Groups");
