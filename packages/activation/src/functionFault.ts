/** A version cannot be activated because of its own code, image or settings: AWS's reason code and a message for its owner. A retry would not help. */
export class FunctionFault extends Error {
  readonly reasonCode: string;

  constructor(reasonCode: string, message: string) {
    super(message);
    this.reasonCode = reasonCode;
  }
}
