import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs a shell script in the host's network namespace with the right to change its firewall. Rejects with what it wrote to standard error. */
export type HostShell = (script: string, signal: AbortSignal) => Promise<void>;

/** For a launcher that is root on the host and finds the tools there. */
export const rootShell: HostShell = async (script, signal) => {
  const PATH = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;
  await promisify(execFile)("/bin/sh", ["-c", script], { signal, env: { PATH }, timeout: 20_000 });
};

/** True when `rootShell` can change the firewall. */
export async function canUseRootShell(signal: AbortSignal): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  try {
    await rootShell("iptables -w -n -L INPUT >/dev/null && command -v iptables-restore ip6tables >/dev/null", signal);
    return true;
  } catch {
    return false; // the caller takes the container's shell, or says that there is no firewall
  }
}
