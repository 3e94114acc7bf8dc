import type { BaseRecipe } from "./baseRecipe.ts";
import type { Progress } from "./engineImages.ts";
import type { RuntimeImage } from "./runtimeImageNames.ts";

/** Makes the images that the engine does not have: in this process, or in one that ends when the image is made. */
export interface ImageMaker {
  /** Pulls or builds the image of a runtime. Rejects with `RuntimeUnavailable`, saying why, when it cannot be had. */
  runtime(runtime: string, progress: Progress, signal: AbortSignal): Promise<RuntimeImage>;
  /** Builds the base from Debian packages unless the engine has it already. Resolves with its name. */
  base(recipe: BaseRecipe, progress: Progress, signal: AbortSignal): Promise<string>;
}
