import type { HostInterpreter, HostProbe } from "./family.ts";

const PROBE = "puts RUBY_VERSION[/^\\d+\\.\\d+/], RbConfig.ruby";
/** The bootstrap's oldest version. */
const OLDEST = 3.1;

/** The interpreter that `command` (`ruby` or `ruby3.3`) starts; `undefined` when it is missing or too old. */
export async function hostRuby(command: string, probe: HostProbe): Promise<HostInterpreter | undefined> {
  const output = await probe(command, ["--disable=rubyopt", "-e", PROBE]);
  const [version = "", path = ""] = output?.trim().split("\n") ?? [];
  return Number(version) >= OLDEST && path.startsWith("/") ? { path, version } : undefined;
}
