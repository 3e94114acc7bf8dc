import { emptyListOfUser } from "../nothingKept.ts";

export const listGroupsForUser = emptyListOfUser("ListGroupsForUser", "Groups");
