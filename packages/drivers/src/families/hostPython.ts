import type { HostInterpreter, HostProbe } from "./family.ts";

const PROBE = "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)";

/** The interpreter that `command` (`python3` or `python3.13`) starts; `undefined` when it is missing or another version than its name says. */
export async function hostPython(command: string, probe: HostProbe): Promise<HostInterpreter | undefined> {
  const output = await probe(command, ["-I", "-c", PROBE]);
  const [version = "", path = ""] = output?.trim().split("\n") ?? [];
  const isNamed = command === "python3" ? version.startsWith("3.") : command === `python${version}`;
  return isNamed && path.startsWith("/") ? { path, version } : undefined;
}
