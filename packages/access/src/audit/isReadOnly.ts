const READS = /^(HearthGet|BatchGet|Check|Describe|Filter|Follow|Get|Head|List|Lookup|Search|Simulate|Test)(?![a-z])/;

/** AWS calls these operations read-only too. They are recorded nevertheless, because they issue credentials. */
const ISSUES_CREDENTIALS = new Set(["AssumeRole", "GetFederationToken", "GetSessionToken"]);

/** Whether AWS calls the operation read-only: it changes nothing. */
export function isReadOnly(operation: string): boolean {
  return READS.test(operation) || ISSUES_CREDENTIALS.has(operation);
}

/** Whether the audit trail has the operation although it changes nothing. */
export function issuesCredentials(operation: string): boolean {
  return ISSUES_CREDENTIALS.has(operation);
}
