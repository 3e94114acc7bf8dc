import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const ZIPPERS = ["zip", "python3", "bsdtar"] as const;

/** The first program on the path that makes zip archives. */
export function findZipper(path = process.env["PATH"] ?? ""): (typeof ZIPPERS)[number] | undefined {
  return ZIPPERS.find((program) => path.split(delimiter).some((folder) => isExecutable(join(folder, program))));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
