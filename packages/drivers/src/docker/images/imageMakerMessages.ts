import type { BaseRecipe } from "./baseRecipe.ts";
import type { RuntimeImage } from "./runtimeImageNames.ts";

/** The first line on the standard input of `bin/makeImage.ts`. The process is to end when the input ends. */
export interface MakeRequest {
  readonly cacheDir: string;
  readonly imageRegistry: string | undefined;
  readonly debianMirror: string | undefined;
  readonly make: { readonly runtime: string } | { readonly base: BaseRecipe };
}

/** A line of its standard output: any number about the progress, then how it ended. */
export type MakeMessage =
  | { readonly progress: string }
  | { readonly made: RuntimeImage | string }
  | { readonly failed: { readonly message: string; readonly isUnavailable: boolean } };
