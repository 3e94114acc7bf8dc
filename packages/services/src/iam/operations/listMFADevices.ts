import { emptyListOfUser } from "../nothingKept.ts";

export const listMFADevices = emptyListOfUser("ListMFADevices", "MFADevices");
