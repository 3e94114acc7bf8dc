import { emptyListOfUser } from "../nothingKept.ts";

export const listSSHPublicKeys = emptyListOfUser("ListSSHPublicKeys", "SSHPublicKeys");
