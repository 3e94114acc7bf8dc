# Runs a function that has extensions: starts them before the runtime, tells Hearth how processes end, and connects Hearth to ports inside the sandbox.
# Both sides send lines of JSON; packages/runtime-api/src/extensions/supervisorChannel.ts is the other side.
import json
import os
import signal

from hearth_process import ended_children, start

PIECE = 65536
# What is about the runtime process alone. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-api-lifecycle
ONLY_FOR_RUNTIME = frozenset(
    "AWS_EXECUTION_ENV AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_XRAY_CONTEXT_MISSING AWS_XRAY_DAEMON_ADDRESS "
    "LAMBDA_RUNTIME_DIR LAMBDA_TASK_ROOT _AWS_XRAY_DAEMON_ADDRESS _AWS_XRAY_DAEMON_PORT _HANDLER".split()
)


def extensions_in(folder):
    """The names of a function's external extensions."""
    return sorted(name for name in os.listdir(folder) if os.path.isfile(folder + "/" + name))


def supervise(folder, names, environment, start_runtime, forwarder, path, wakeup):
    """Starts the extensions `names` of `folder`, then the runtime, and serves for good."""
    Supervisor(folder, environment, start_runtime, forwarder, path).run(names, wakeup)


class Supervisor:
    def __init__(self, folder, environment, start_runtime, forwarder, path):
        self.folder = folder
        self.environment = {
            name: value
            for name, value in environment.items()
            if name not in ONLY_FOR_RUNTIME and not name.startswith("HEARTH_")
        }
        self.start_runtime = start_runtime
        self.is_ending = False
        self.forwarder = forwarder
        self.path = path
        self.channel = forwarder.orders = forwarder.open("supervisor.hearth:1")
        self.partial = b""
        self.names = []
        # Names of extensions by the ids of their processes; None is the runtime's.
        self.processes = {}

    def run(self, names, wakeup):
        self.names = names
        self.forwarder.watch(self.channel.fileno(), self.take)
        signal.signal(signal.SIGTERM, lambda *_: self.signal_runtime(signal.SIGTERM))
        self.say(kind="found", names=names)
        while True:
            self.forwarder.serve(wakeup)
            for ended, status in ended_children():
                if ended in self.processes:
                    self.ended(self.processes.pop(ended), os.waitstatus_to_exitcode(status))

    def ended(self, name, code):
        """An extension has ended, or the runtime, whose name is None."""
        if name is None and code == -signal.SIGKILL and not self.is_ending:
            # It may have been out of memory: who sees how the whole sandbox ends can tell.
            os._exit(128 + signal.SIGKILL)
        self.say(kind="ended", name=name, code=code if code >= 0 else None, signal=signal.Signals(-code).name if code < 0 else None)

    def take(self):
        data = self.channel.recv(PIECE)
        if not data:
            # Hearth went away.
            os._exit(1)
        lines = (self.partial + data).split(b"\n")
        self.partial = lines.pop()
        for line in lines:
            self.obey(json.loads(line))

    def obey(self, order):
        do = order["do"]
        if do == "startExtensions":
            self.start_extensions()
        elif do == "startRuntime":
            try:
                self.processes[self.start_runtime()] = None
            except SystemExit:
                # It could not be started, and that has been reported as an error of the init.
                pass
        elif do == "terminateRuntime":
            self.is_ending = True
            self.signal_runtime(signal.SIGTERM)
        elif do == "killRuntime":
            self.is_ending = True
            self.signal_runtime(signal.SIGKILL)
        elif do == "connect":
            self.forwarder.connect(order["id"], order["port"])

    def start_extensions(self):
        output = os.open(os.path.dirname(self.path) + "/extensions", os.O_WRONLY)
        for name in self.names:
            program = self.folder + "/" + name
            child, _, reason = start(program, [program], self.environment, "/", output)
            if reason:
                self.say(kind="launchFailed", name=name, reason=reason)
            else:
                self.processes[child] = name
        os.close(output)

    def signal_runtime(self, number):
        for process, name in self.processes.items():
            if name is None:
                os.kill(process, number)

    def say(self, **message):
        self.channel.sendall(json.dumps(message).encode() + b"\n")
