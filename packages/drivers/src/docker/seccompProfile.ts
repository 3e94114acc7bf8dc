/** Processors that Hearth's images exist for, as Docker's `info` and libseccomp name them. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: "SCMP_ARCH_X86_64",
  aarch64: "SCMP_ARCH_AARCH64",
  arm64: "SCMP_ARCH_AARCH64",
};

const ENOSYS = 38;
const LOW_32_BITS = 0xffff_ffff;

/**
 * All system calls that programs in a sandbox may make with any arguments; others fail with EPERM. Beyond what has always needed a capability, these
 * are left out on purpose because they have a record of kernel vulnerabilities or reach what sandboxes share: io_uring_*, ptrace and process_vm_*, bpf,
 * perf_event_open, userfaultfd, keyctl and its relatives, modify_ldt, name_to_handle_at, kcmp, mount and namespace calls. System V and POSIX message
 * queues, shared memory and semaphores stay: each sandbox has an IPC namespace of its own.
 */
const ALLOWED = {
  files: `access chdir chmod chown close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64 fallocate
    fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync fgetxattr flistxattr flock fremovexattr fsetxattr fstat fstatfs fsync
    ftruncate futimesat getcwd getdents getdents64 getxattr getxattrat ioctl lchown lgetxattr link linkat listxattr listxattrat llistxattr
    lremovexattr lseek lsetxattr lstat mkdir mkdirat mknod mknodat newfstatat open openat openat2 pread64 preadv preadv2 pwrite64 pwritev
    pwritev2 read readahead readlink readlinkat readv removexattr removexattrat rename renameat renameat2 rmdir sendfile setxattr setxattrat
    splice stat statfs statx symlink symlinkat sync sync_file_range syncfs tee truncate umask unlink unlinkat utime utimensat utimes vmsplice
    write writev cachestat`,
  waiting: `epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 inotify_add_watch inotify_init
    inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents io_setup io_submit pause pipe pipe2 poll ppoll pselect6
    select signalfd signalfd4 timerfd_create timerfd_gettime timerfd_settime`,
  memory: `brk madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mprotect mremap mseal msync
    munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect remap_file_pages`,
  processes: `execve execveat exit exit_group fork getpgid getpgrp getpid getppid getpriority getsid gettid kill pidfd_open
    pidfd_send_signal prctl process_mrelease set_tid_address setpgid setpriority setsid tgkill tkill vfork wait4 waitid arch_prctl
    capget capset getegid geteuid getgid getgroups getresgid getresuid getuid setfsgid setfsuid setgid setgroups setregid setresgid setresuid
    setreuid setuid getrlimit prlimit64 setrlimit getrusage sysinfo times uname ioprio_get ioprio_set seccomp landlock_add_rule
    landlock_create_ruleset landlock_restrict_self`,
  threads: `futex futex_requeue futex_wait futex_waitv futex_wake get_robust_list set_robust_list rseq getcpu sched_get_priority_max
    sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_setaffinity
    sched_setattr sched_setparam sched_setscheduler sched_yield`,
  signals: `alarm getitimer setitimer restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
    rt_sigtimedwait rt_tgsigqueueinfo sigaltstack`,
  time: `adjtimex clock_adjtime clock_getres clock_gettime clock_nanosleep gettimeofday nanosleep time timer_create timer_delete
    timer_getoverrun timer_gettime timer_settime`,
  sockets: `accept accept4 bind connect getpeername getsockname getsockopt listen recvfrom recvmmsg recvmsg sendmmsg sendmsg sendto
    setsockopt shutdown`,
  messages: `mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop
    semtimedop shmat shmctl shmdt shmget`,
  random: "getrandom",
} as const;

interface Condition {
  readonly index: number;
  readonly value: number;
  readonly valueTwo: number;
  readonly op: "SCMP_CMP_MASKED_EQ";
}

interface Rule {
  readonly names: readonly string[];
  readonly action: "SCMP_ACT_ALLOW" | "SCMP_ACT_ERRNO";
  readonly args?: readonly Condition[];
  readonly errnoRet?: number;
}

const FAMILY = { unix: 1, inet: 2, inet6: 10, netlink: 16 } as const;
const TYPE = { stream: 1, datagram: 2 } as const;
/** Type and flags (close-on-exec, non-blocking) share an argument. */
const TYPE_BITS = 0xf;
const PROTOCOL = { any: 0, icmp: 1, tcp: 6, udp: 17, icmp6: 58 } as const;
const NETLINK_ROUTE = 0;

/** Sockets of UNIX, of TCP, UDP and ICMP, and the netlink family that lists network interfaces: no AF_VSOCK, AF_ALG, MPTCP, SCTP, raw packets or other families. */
const SOCKETS: readonly (readonly Condition[])[] = [
  [is(0, FAMILY.unix)],
  [is(0, FAMILY.netlink), is(2, NETLINK_ROUTE)],
  ...[FAMILY.inet, FAMILY.inet6].flatMap((family) => [
    ...[PROTOCOL.any, PROTOCOL.tcp].map((protocol) => [is(0, family), is(1, TYPE.stream, TYPE_BITS), is(2, protocol)]),
    ...[PROTOCOL.any, PROTOCOL.udp, PROTOCOL.icmp, PROTOCOL.icmp6].map((protocol) => [
      is(0, family),
      is(1, TYPE.datagram, TYPE_BITS),
      is(2, protocol),
    ]),
  ]),
];

/** The flags of `clone` that make namespaces. */
const NEW_NAMESPACES = 0x7e02_0000;
/** PER_LINUX and PER_LINUX32, each with and without UNAME26, and the query. */
const PERSONALITIES = [0x0, 0x8, 0x2_0000, 0x2_0008, 0xffff_ffff];

/**
 * The filter of system calls for sandboxes, as Docker's `seccomp=` option takes it. Only programs of the processor's own 64-bit instruction set run:
 * the arguments of `socketcall`, by which 32-bit programs open sockets, cannot be filtered. Throws for a processor that Hearth has no images for.
 */
export function seccompProfile(processor: string): object {
  const architecture = ARCHITECTURES[processor];
  if (!architecture) throw new Error(`Hearth has no list of system calls for the processor ${processor}`);
  const rules: readonly Rule[] = [
    allow(Object.values(ALLOWED).flatMap((names) => names.split(/\s+/))),
    ...SOCKETS.map((args) => allow(["socket"], args)),
    allow(["socketpair"], [is(0, FAMILY.unix)]),
    allow(["clone"], [is(0, 0, NEW_NAMESPACES)]),
    // Its flags are in memory and cannot be filtered. This error makes the C library use `clone`.
    { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS },
    ...PERSONALITIES.map((persona) => allow(["personality"], [is(0, persona)])),
  ];
  return { defaultAction: "SCMP_ACT_ERRNO", architectures: [architecture], syscalls: rules };
}

function allow(names: readonly string[], args?: readonly Condition[]): Rule {
  return { names, action: "SCMP_ACT_ALLOW", ...(args ? { args } : {}) };
}

/** The kernel takes the low 32 bits of these arguments, so the filter looks at no others. */
function is(index: number, expected: number, mask = LOW_32_BITS): Condition {
  return { index, value: mask, valueTwo: expected, op: "SCMP_CMP_MASKED_EQ" };
}
