import { noDocker, skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestDockerDriver, type TestSandbox } from "../testing/testDocker.ts";

const MINUTES_MS = 180_000;

/** Tries one system call with its number on either processor, and yields `allowed`, or the name of the error. */
const TRY = `
import ctypes, errno, os, platform
libc = ctypes.CDLL(None, use_errno=True)
intel = platform.machine() == "x86_64"
def call(x86_64, aarch64, *args):
    number = x86_64 if intel else aarch64
    if number is None: return "EPERM"
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in args])
    return "allowed" if result >= 0 else errno.errorcode[ctypes.get_errno()]
def opens(family, kind, protocol, pair=False):
    number = (53, 199) if pair else (41, 198)
    return call(*number, family, kind, protocol, ctypes.create_string_buffer(8))
`;

const DENIED: Readonly<Record<string, string>> = {
  io_uring_setup: "call(425, 425, 1, ctypes.create_string_buffer(120))",
  io_uring_enter: "call(426, 426, 0, 0, 0, 0)",
  io_uring_register: "call(427, 427, 0, 0, 0, 0)",
  "AF_VSOCK sockets": "opens(40, 1, 0)",
  "AF_ALG sockets": "opens(38, 5, 0)",
  "AF_PACKET sockets": "opens(17, 2, 0)",
  "netlink: SOCK_DIAG": "opens(16, 3, 4)",
  "netlink: XFRM": "opens(16, 3, 6)",
  "netlink: NETFILTER": "opens(16, 3, 12)",
  "netlink: GENERIC": "opens(16, 3, 16)",
  "a netlink family hidden by high bits": "opens(16, 3, 12 | (1 << 32))",
  MPTCP: "opens(2, 1, 262)",
  "MPTCP over IPv6": "opens(10, 1, 262)",
  SCTP: "opens(2, 1, 132)",
  "raw sockets": "opens(2, 3, 1)",
  DCCP: "opens(2, 6, 33)",
  "pairs of TIPC sockets": "opens(30, 1, 0, True)",
  ptrace: "call(101, 117, 0, 0, 0, 0)",
  process_vm_readv: "call(310, 270, os.getpid(), 0, 0, 0, 0, 0)",
  process_vm_writev: "call(311, 271, os.getpid(), 0, 0, 0, 0, 0)",
  pidfd_getfd: "call(438, 438, 0, 0, 0)",
  kcmp: "call(312, 272, os.getpid(), os.getpid(), 0, 0, 0)",
  bpf: "call(321, 280, 0, 0, 0)",
  add_key: "call(248, 217, b'user', b'a', b'b', 1, -3)",
  request_key: "call(249, 218, b'user', b'a', 0, -3)",
  keyctl: "call(250, 219, 0, -3, 0)",
  perf_event_open: "call(298, 241, ctypes.create_string_buffer(128), 0, -1, -1, 0)",
  userfaultfd: "call(323, 282, 0)",
  modify_ldt: "call(154, None, 0, 0, 0)",
  unshare: "call(272, 97, 0x10000000)",
  "clone with a new user namespace": "call(56, 220, 0x10000000 | 17, 0, 0, 0, 0)",
  mount: "call(165, 40, b'none', b'/tmp', b'tmpfs', 0, 0)",
  fsopen: "call(430, 430, b'tmpfs', 0)",
  setns: "call(308, 268, 0, 0)",
  open_by_handle_at: "call(304, 265, 0, 0, 0)",
  init_module: "call(175, 105, 0, 0, 0)",
  kexec_load: "call(246, 104, 0, 0, 0, 0)",
  syslog: "call(103, 116, 10, 0, 0)",
  personality: "call(135, 92, 0x40000)",
};

const ALLOWED: Readonly<Record<string, string>> = {
  "TCP sockets": "opens(2, 1 | 0o2000000, 6)",
  "TCP sockets that do not block": "opens(2, 1 | 0o4000, 0)",
  "TCP sockets over IPv6": "opens(10, 1, 0)",
  "UDP sockets": "opens(2, 2, 17)",
  "Unix sockets": "opens(1, 5, 0)",
  "pairs of Unix sockets": "opens(1, 1, 0, True)",
  "the list of network interfaces": "opens(16, 3, 0)",
  inotify: "call(294, 26, 0)",
  memfd_create: "call(319, 279, b'a', 0)",
  "asynchronous files": "call(206, 0, 1, ctypes.create_string_buffer(8))",
};

describe("system calls from inside a sandbox", { timeout: 60_000, ...skipReason(await noDocker()) }, () => {
  let driver: TestDockerDriver;
  let sandbox: TestSandbox;
  const resultsOf = async (calls: Readonly<Record<string, string>>): Promise<unknown> => {
    const entries = Object.entries(calls).map(([name, call]) => `${JSON.stringify(name)}: ${call}`);
    return await sandbox.api.run(`${TRY}\nresult = {${entries.join(", ")}}`);
  };
  const allAre = (calls: Readonly<Record<string, string>>, result: string): Record<string, string> =>
    Object.fromEntries(Object.keys(calls).map((name) => [name, result]));

  beforeAll(async () => {
    driver = await TestDockerDriver.make();
    sandbox = await driver.start({ runtime: "python3.13" });
  }, MINUTES_MS);
  afterAll(async () => driver?.[Symbol.asyncDispose](), MINUTES_MS);

  test("those with a record of kernel vulnerabilities are refused", async () => {
    expect(await resultsOf(DENIED)).toEqual(allAre(DENIED, "EPERM"));
  });

  test("those that programs need are not", async () => {
    expect(await resultsOf(ALLOWED)).toEqual(allAre(ALLOWED, "allowed"));
  });

  test("programs start threads and processes", async () => {
    const code = `import subprocess, threading
done = []
thread = threading.Thread(target=lambda: done.append(subprocess.run(["/bin/sh", "-c", "echo ran"], capture_output=True).stdout.decode().strip()))
thread.start(); thread.join()
result = done`;
    expect(await sandbox.api.run(code)).toEqual(["ran"]);
  });
});
