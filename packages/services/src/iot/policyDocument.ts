import { compilePolicy, InvalidPolicy } from "@hearth/access";
import { MalformedPolicyException } from "./errors.ts";

const MAX_CHARACTERS = 2_048;

/** Throws MalformedPolicyException for a document that is no policy of IoT. */
export function checkPolicyDocument(document: string): void {
  if (document.replaceAll(/\s/g, "").length > MAX_CHARACTERS) {
    throw new MalformedPolicyException(`The policy document has more than ${MAX_CHARACTERS} characters`);
  }
  try {
    if (compilePolicy(document).length === 0) throw new InvalidPolicy("The policy has no statement.");
  } catch (error) {
    if (!(error instanceof InvalidPolicy)) throw error;
    throw new MalformedPolicyException(`Policy document is Malformed: ${error.message}`);
  }
}
