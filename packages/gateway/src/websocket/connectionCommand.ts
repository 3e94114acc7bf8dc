/** What a function or a client with an access key wants of a web socket. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html */
export type ConnectionCommand = {
  /** The API and stage that the request named: a socket of another one is not found. */
  readonly apiId: string;
  readonly stage: string;
  readonly connectionId: string;
} & (
  | { readonly kind: "describe" | "close" }
  | {
      readonly kind: "send";
      readonly body: Uint8Array;
    }
);

export type CommandReply =
  | { readonly kind: "done" }
  | { readonly kind: "gone" }
  /** The client does not read what is sent to it. */
  | { readonly kind: "tooFast" }
  | { readonly kind: "described"; readonly connection: ConnectionDescription };

/** Times in milliseconds since the epoch. */
export interface ConnectionDescription {
  readonly connectedAt: number;
  readonly lastActiveAt: number;
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
}
