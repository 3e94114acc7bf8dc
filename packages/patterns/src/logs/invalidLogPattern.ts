/** A filter pattern of CloudWatch Logs is wrong. The message says why, as AWS words it where its words are known. */
export class InvalidLogPattern extends Error {
  override readonly name = "InvalidLogPattern";
}
