/** The answer to `GET /hearth/specialise`: whose function a generic sandbox becomes. See docs/architecture.md. */
export interface Specialisation {
  /** The function's whole environment, standard variables included. */
  readonly environment: Readonly<Record<string, string>>;
  readonly taskRoot: string;
  readonly optRoot: string;
  readonly tmpDir: string;
  /** The runtime has to execute itself again: a variable must be there before the process starts. */
  readonly freshProcess: boolean;
  /** Variables that get the URL of Hearth's own AWS API, which the runtime makes reachable on the sandbox's loopback. */
  readonly endpointVariables?: readonly string[];
  /** What is started where the sandbox's image is the function's own. */
  readonly program?: Program;
}

/** A process of an image: `ENTRYPOINT`, `CMD` and `WORKDIR`. */
export interface Program {
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly workingDirectory: string;
}
