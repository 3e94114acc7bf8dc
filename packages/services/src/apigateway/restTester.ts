import type { RestAuthorizer, RestRoute, RestTest } from "@hearth/apis";

/** Runs methods and authorizers of REST APIs without a stage, where functions are run. Resolves with the members of AWS's answers. */
export interface RestTester {
  method(test: RestTest, route: RestRoute): Promise<object>;
  authorizer(test: RestTest, authorizer: RestAuthorizer): Promise<object>;
}
