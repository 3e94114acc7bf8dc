/** The owner of environments, called synchronously. */
export interface EnvironmentKeeper<Environment> {
  /** The holder has given the environment back, but not all participants have asked for the next event yet. */
  onFinishing(environment: Environment): void;
  /** It is idle. */
  onFree(environment: Environment): void;
  /** Its init failed: an invocation that takes it tries the init again. */
  onInitFailed(environment: Environment): void;
  /** It stops. */
  onEnd(environment: Environment): void;
}
