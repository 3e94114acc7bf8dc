import { emptyListOfUser } from "../nothingKept.ts";

export const listServiceSpecificCredentials = emptyListOfUser(
  "ListServiceSpecificCredentials",
  "ServiceSpecificCredentials",
);
