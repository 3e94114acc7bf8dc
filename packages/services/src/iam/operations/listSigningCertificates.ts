import { emptyListOfUser } from "../nothingKept.ts";

export const listSigningCertificates = emptyListOfUser("ListSigningCertificates", "Certificates");
