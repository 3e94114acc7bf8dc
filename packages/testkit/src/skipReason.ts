declare module "vitest" {
  interface TaskMeta {
    skipReason?: string;
  }
}

export interface SkipOptions {
  readonly skip?: boolean;
  readonly meta?: { readonly skipReason: string };
}

/**
 * Options for `describe` and `test`: skipped, with the reason printed at the end of the run, when there is a `reason`;
 * run when it is `undefined`. With CI=true a skip fails the run, except when Terraform is missing.
 *
 *     describe("the docker driver", skipReason(await noDocker()), () => { … });
 */
export function skipReason(reason: string | undefined): SkipOptions {
  return reason === undefined ? {} : { skip: true, meta: { skipReason: reason } };
}
