/** Another server's SQS, or AWS, where queues lie that Hearth does not host. */
export interface SqsServer {
  /** AWS's own endpoint of the queue's region when it is absent. */
  readonly endpoint?: string | undefined;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** The account whose mappings may use it: the server's key does not tell accounts of Hearth apart. */
  readonly accountId: string;
}
