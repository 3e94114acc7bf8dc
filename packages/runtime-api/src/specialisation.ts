/** The answer to `GET /hearth/specialise`: the function that a generic sandbox is to run. See docs/architecture.md. */
export interface Specialisation {
  /** All environment variables of the function, including the standard ones. */
  readonly environment: Readonly<Record<string, string>>;
  readonly taskRoot: string;
  readonly optRoot: string;
  readonly tmpDir: string;
  /** The runtime has to execute itself again, because a variable takes effect only when a process starts. */
  readonly freshProcess: boolean;
  /** Variables that get the URL of Hearth's own AWS API, which the runtime makes reachable on the sandbox's loopback. */
  readonly endpointVariables?: readonly string[];
  /**
   * The port of the host's loopback under which clients reach Hearth: the runtime makes the API reachable there too, so that links to objects which the
   * function makes lead to Hearth outside the sandbox as well.
   */
  readonly linkPort?: number;
  /** A port of the sandbox's loopback that leads to the Runtime API's socket too, for an extension that Hearth answers for. */
  readonly localPort?: number;
  /** The function's account, for extensions that ask for it. */
  readonly accountId?: string;
  /** What to start, for a function that has its own container image. */
  readonly program?: Program;
}

/** A process of an image: `ENTRYPOINT`, `CMD` and `WORKDIR`. */
export interface Program {
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly workingDirectory: string;
}
