import type { AwsError } from "@hearth/model";
import type { Shape } from "../../schema/shape.ts";
import type { Answer } from "../serviceProtocol.ts";

/** What differs between REST protocols: how bodies and errors are written. The makers are called once per operation. */
export interface RestCodec {
  readonly contentType: string;
  readonly decoder: (shape: Shape) => (body: Buffer) => Record<string, unknown>;
  /** `name` is the operation's, or that of the member that is the whole body. */
  readonly encoder: (shape: Shape, name: string) => (output: object) => Uint8Array;
  /** The error for a path label whose escapes are no UTF-8. Absent: the label's value is then the escaped text. */
  readonly badLabel?: (() => AwsError) | undefined;
  readonly encodeError: (error: AwsError, requestId: string) => Answer;
}
