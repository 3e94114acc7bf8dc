// Distils AWS's published model of a service to what it says about inputs: shapes, their members and constraints.
//   node packages/testkit/bin/inputModel.mjs <botocore>/data/lambda/2015-03-31/service-2.json > packages/api/src/inputModel.json
// Take botocore's release of the same day as @aws-sdk/client-lambda, so that both know the same operations.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const [file = ""] = process.argv.slice(2);
const bytes = readFileSync(file);
const model = JSON.parse((file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString());
const shapes = {};

function take(name) {
  if (shapes[name]) return;
  const {
    type,
    min,
    max,
    pattern,
    enum: values,
    sensitive,
    required,
    members,
    member,
    key,
    value,
  } = model.shapes[name];
  const memberShapes = members && Object.fromEntries(Object.entries(members).map(([one, { shape }]) => [one, shape]));
  shapes[name] = {
    type,
    min,
    max,
    pattern,
    enum: values,
    sensitive,
    required: required?.length ? required : undefined,
    members: memberShapes,
    member: member?.shape,
    key: key?.shape,
    value: value?.shape,
  };
  const inner = [...Object.values(memberShapes ?? {}), member?.shape, key?.shape, value?.shape];
  for (const one of inner) if (one) take(one);
}

const operations = {};
for (const [name, { input }] of Object.entries(model.operations)) {
  if (input) take(input.shape);
  operations[name] = input?.shape ?? null;
}
process.stdout.write(`${JSON.stringify({ operations, shapes }, null, 1)}\n`);
