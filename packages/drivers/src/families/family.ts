import type { Downloads } from "../docker/images/download.ts";
import type { BaseRecipe } from "../docker/images/baseRecipe.ts";
import type { ContextEntry, Progress } from "../docker/images/engineImages.ts";

/**
 * Everything that is special about one language: which of AWS's runtime identifiers it serves, the program that runs inside its sandboxes, how its
 * image is made, how the process driver finds its interpreter, and which environment variables its functions get. A new language is one such object
 * in a file of its own, one line in `families.ts`, and one folder in packages/runtimes.
 */
export interface RuntimeFamily {
  /** As `RUNTIMES` of packages/model calls it; also the name of the Dockerfile in docker/runtimes. */
  readonly name: string;
  /** The version that an identifier means, such as `22` for `nodejs22.x`; `undefined` where this family does not serve the identifier. */
  versionOf(runtime: string): string | undefined;
  /** The identifier of a version: the inverse of `versionOf`. */
  identifierOf(version: string): string;
  readonly bootstrap: Bootstrap;
  /** Given to the interpreter before the path of the bootstrap. */
  readonly interpreterOptions: readonly string[];
  readonly image: FamilyImage;
  readonly host: HostSupport;
  readonly environment: FamilyEnvironment;
}

/** What runs inside a sandbox: a folder of packages/runtimes and the file in it that is executed. */
export interface Bootstrap {
  /** Absolute path on this host. In an image the folder's content lies in /var/runtime. */
  readonly folder: string;
  readonly file: string;
  /** Another folder of packages/runtimes with modules that several languages share; in an image they lie beside the bootstrap. */
  readonly shared?: string;
}

/** How the Docker engine gets an image of this family. */
export interface FamilyImage {
  /** The interpreter's path in the image. */
  readonly interpreter: string;
  /** The file in /var/runtime that the interpreter executes, where that is not the bootstrap. */
  readonly program?: string;
  /** A published image with exactly that interpreter, used where a registry can be reached; `undefined` when there is none for the version. */
  publishedBase(version: string): string | undefined;
  /** Set where the image is based on this, and the Dockerfile copies the language from the published image, its build argument PUBLISHED. */
  readonly copiesFromPublished?: BaseRecipe;
  /** How Debian packages serve the version; `undefined` when they cannot. */
  debian(version: string): DebianServing | undefined;
  /** Build arguments of the Dockerfile besides BASE. */
  buildArguments(version: string): Readonly<Record<string, string>>;
  /** Names the packages that `contents` installs: the image's name changes with it. */
  packagesOf(version: string): string | Buffer;
  /** What is copied over the base: interpreter, SDK. Disposal removes temporary files. */
  contents(version: string, tools: ImageTools): Promise<ImageContents>;
}

export interface DebianServing {
  readonly base: BaseRecipe;
  /** The version that really runs: the requested one, or the next one up that Debian has. */
  readonly version: string;
}

export interface ImageTools {
  /** Temporary folders are made in it. */
  readonly workDir: string;
  readonly downloads: Downloads;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  architecture(): Promise<"x64" | "arm64">;
}

export interface ImageContents extends AsyncDisposable {
  readonly entries: readonly ContextEntry[];
}

/** How the process driver runs this family with what is installed on the host. */
export interface HostSupport {
  /** `undefined` when the host has no suitable interpreter. */
  find(version: string, probe: HostProbe): Promise<HostInterpreter | undefined>;
  /** What to install when `find` finds nothing. */
  missing(runtime: string, version: string): string;
}

export interface HostInterpreter {
  readonly path: string;
  /** The version that really runs. */
  readonly version: string;
}

/** Runs a command once, however often it is asked for, and resolves with its standard output; `undefined` when it fails. */
export type HostProbe = (command: string, args: readonly string[]) => Promise<string | undefined>;

/** What functions of this family find in their environment besides what every function gets. */
export interface FamilyEnvironment {
  /** Variables that the user's own may replace, such as the search path for modules of layers. */
  defaults(runtime: string, roots: EnvironmentRoots): Readonly<Record<string, string>>;
  /** Whether AWS_EXECUTION_ENV is set. */
  readonly hasExecutionEnv: boolean;
  /** Names of variables that the interpreter reads only when it starts; `undefined` when there are none. */
  readonly readAtStart?: RegExp;
}

/** Folders as the code inside the sandbox sees them. */
export interface EnvironmentRoots {
  readonly taskRoot: string;
  readonly optRoot: string;
  readonly runtimeDir: string;
}
