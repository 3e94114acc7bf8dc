import { noLoginProfile } from "../nothingKept.ts";

export const deleteLoginProfile = noLoginProfile("DeleteLoginProfile");
