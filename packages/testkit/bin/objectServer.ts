import { installObjectServer, type ObjectServerKind } from "@hearth/testkit";

/** Builds an S3-compatible server for tests, `versitygw` unless another one is named, so that tests do not wait for it. */
const [kind = "versitygw"] = process.argv.slice(2);
await installObjectServer(kind as ObjectServerKind);
