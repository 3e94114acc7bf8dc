/** Tests find an `aws` on the path that starts fast. Some run the installed one, which `installedAws` finds. */
import { delimiter } from "node:path";
import { findProgram, ForkedAws, installedAws } from "@hearth/testkit";

let aws: ForkedAws | undefined;

export async function setup(): Promise<void> {
  if (findProgram("aws") !== installedAws()) return; // another project of this run has started one
  aws = await ForkedAws.start();
  if (aws) process.env["PATH"] = `${aws.folder}${delimiter}${process.env["PATH"]}`;
}

export async function teardown(): Promise<void> {
  if (!aws) return;
  process.env["PATH"] = process.env["PATH"]?.replace(`${aws.folder}${delimiter}`, "");
  await aws[Symbol.asyncDispose]();
}
