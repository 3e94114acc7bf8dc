import { InvalidZip } from "./invalidZip.ts";
import type { ZipMember } from "./zipMember.ts";

/** A few entries with long names can imply millions of folders. */
const FOLDERS_LIMIT = 50_000;
const LINK_HOPS_LIMIT = 40;
/** For all links of an archive together: bounds the cost of checking it. */
const LINK_STEPS_LIMIT = 200_000;

/** Every folder of the tree, parents first. Throws when an entry lies below a path that is not a folder, or when there are too many folders. */
export function foldersOf(members: ReadonlyMap<string, ZipMember>): readonly string[] {
  const folders = new Set<string>();
  for (const { path, kind } of members.values()) {
    for (let folder = kind === "directory" ? path : parentOf(path); folder !== ""; folder = parentOf(folder)) {
      if (folders.has(folder)) break;
      folders.add(folder);
    }
    if (folders.size > FOLDERS_LIMIT) throw new InvalidZip(`more than ${FOLDERS_LIMIT} folders`);
  }
  for (const folder of folders) {
    const member = members.get(folder);
    if (member && member.kind !== "directory")
      throw new InvalidZip(`something lies in what is not a folder: ${folder}`);
  }
  return [...folders].sort();
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** Follows each link as the kernel would, including links on its path: checking only the text of each link is not enough. */
export function refuseLinksOutOfTree(members: ReadonlyMap<string, ZipMember>): void {
  let stepsLeft = LINK_STEPS_LIMIT;
  for (const member of members.values()) {
    if (member.kind !== "link") continue;
    const pending = [...parentOf(member.path).split("/"), ...member.target.split("/")].reverse();
    /** The path so far, from the root down. */
    const at: string[] = [];
    for (let hops = 0; pending.length > 0;) {
      if (--stepsLeft < 0) throw new InvalidZip("links that take too long to follow");
      const part = pending.pop();
      if (part === undefined || part === "" || part === ".") continue;
      if (part === "..") {
        if (at.pop() === undefined) throw new InvalidZip(`a link out of the tree: ${member.path}`);
        continue;
      }
      const parent = at.at(-1);
      const path = parent === undefined ? part : `${parent}/${part}`;
      const next = members.get(path);
      if (next?.kind !== "link") {
        at.push(path);
        continue;
      }
      if (++hops > LINK_HOPS_LIMIT) throw new InvalidZip(`a link that leads to itself: ${member.path}`);
      for (const part of next.target.split("/").reverse()) pending.push(part);
    }
  }
}
