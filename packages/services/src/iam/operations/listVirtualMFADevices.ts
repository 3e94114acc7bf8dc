import { emptyListOfUser } from "../nothingKept.ts";

export const listVirtualMFADevices = emptyListOfUser("ListVirtualMFADevices", "VirtualMFADevices");
