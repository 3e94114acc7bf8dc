import type { Entry } from "yauzl";

/** A folder, file or link of an archive. `path` is relative, uses `/`, contains no `.` or `..`, and is unique. */
export type ZipMember =
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "file"; readonly path: string; readonly executable: boolean; readonly entry: Entry }
  | { readonly kind: "link"; readonly path: string; readonly target: string };
