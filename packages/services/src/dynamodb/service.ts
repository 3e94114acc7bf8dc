import type { ServiceRoom } from "@hearth/access";
import { bind } from "@hearth/wire";
import { notBuilt } from "../notBuilt.ts";
import { openDynamoDeps, type TablesHouse } from "./deps.ts";
import { hostedKeys, passedKeys } from "./keysOfTables.ts";
import { ALL_OPERATIONS, operations } from "./operations.ts";
import { passedOperations } from "./passedOn/passedOperations.ts";
import { questions, warmKey } from "./questions.ts";
import { tableResources } from "./resources.ts";

/** A transaction or batch of the largest size, with all of its text escaped. */
const MAX_BODY_BYTES = 24 * 1024 * 1024;

/** Amazon DynamoDB and its streams. */
export const dynamodb: ServiceRoom<TablesHouse> = {
  signingName: "dynamodb",
  protocols: ["json-1.0"],
  targetPrefix: "DynamoDB_20120810",
  errorNamespace: "com.amazonaws.dynamodb.v20120810",
  maxBodyBytes: MAX_BODY_BYTES,
  role: "events",
  endpointVariable: ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_DYNAMODB_STREAMS"],
  notBuilt: notBuilt(ALL_OPERATIONS, operations),
  questions,
  warmKey,
  resources: ({ tables, passedTables }) =>
    passedTables ? tableResources(passedTables, passedKeys(passedTables)) : tableResources(tables, hostedKeys(tables)),
  open: (house) => {
    const { passedTables, sessions } = house;
    if (!passedTables) return bind(operations, openDynamoDeps(house));
    return bind(passedOperations, {
      tables: passedTables,
      prove: (purpose, text) => sessions.prove(purpose, text),
    });
  },
};
