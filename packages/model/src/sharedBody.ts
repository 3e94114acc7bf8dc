/** A text that many messages begin with. */
export interface SharedText {
  /** A UUID. Texts with the same id are equal in what they say. */
  readonly id: string;
  readonly text: string;
  /** In UTF-8. */
  readonly byteLength: number;
}

/** The body of a message that begins like those of many others. Whoever stores such messages may store what they share once. */
export interface SharedBody {
  readonly shared: SharedText;
  /** What follows in this message. */
  readonly rest: string;
}
