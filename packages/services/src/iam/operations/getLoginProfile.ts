import { noLoginProfile } from "../nothingKept.ts";

export const getLoginProfile = noLoginProfile("GetLoginProfile");
