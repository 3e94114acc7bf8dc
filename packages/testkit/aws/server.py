"""
Runs the installed `aws` command in forks of one process that has imported it: the start of the command takes a second of a processor's time, most
of it for imports. A fork has the arguments, environment, folder, umask and open files of its client (client.py) and runs the command's own script.

Called as `server.py SCRIPT SOCKET`, it prints a line when clients may connect. It ends when its standard input closes, so never later than the process
that started it, and removes the socket's folder.
"""

import atexit
import ctypes
import fcntl
import io
import marshal
import os
import runpy
import selectors
import shutil
import signal
import socket
import sys
import threading
from collections import namedtuple

from warmth import Warmth

SCRIPT, SOCKET = sys.argv[1:]
# What the interpreter and imported modules read when they start. A request that has them otherwise is refused.
READ_AT_START = (
    *(b"LANG", b"LC_", b"PYTHON", b"PYENV_", b"TZ", b"HOME", b"LD_", b"MALLOC_", b"GLIBC_", b"OPENSSL_"),
    *(b"AWS_DATA_PATH", b"BOTO_"),
)
FORWARDED = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
MAX_FILES = 253
REQUEST_S = 10
PR_SET_PDEATHSIG = 1

Request = namedtuple("Request", "arguments environment folder umask numbers ignored")


def read_at_start(environment):
    return {name: value for name, value in environment.items() if name.startswith(READ_AT_START)}


class Server:
    def __init__(self):
        self.warmth = Warmth()
        self.began_with = read_at_start(os.environb)
        self.connections = {}  # to the client of each process; None when the client has ended
        self.selector = selectors.DefaultSelector()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(SOCKET)
        self.listener.listen(64)
        self.ended, ended = os.pipe()
        os.set_blocking(ended, False)
        signal.set_wakeup_fd(ended)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in FORWARDED:
            signal.signal(number, signal.SIG_IGN)  # to a whole process group: the parent ends, and then this server
        self.watch(self.listener, self.accept)
        self.watch(0, self.end_with_parent)
        self.watch(self.ended, self.reap)

    def watch(self, file, act):
        self.selector.register(file, selectors.EVENT_READ, act)

    def serve(self):
        """Returns in forks only."""
        print("ready", flush=True)
        while True:
            for key, _ in self.selector.select():
                if key.data():
                    return

    def end_with_parent(self):
        if os.read(0, 64) == b"":
            shutil.rmtree(os.path.dirname(SOCKET), ignore_errors=True)  # the parent may do so too
            os._exit(0)

    def accept(self):
        """True in the fork, once it is what the installed command is when its script begins."""
        connection, _ = self.listener.accept()
        connection.settimeout(REQUEST_S)
        files = []
        try:
            head, files, _, _ = socket.recv_fds(connection, 4, MAX_FILES)
            with connection.makefile("rb") as stream:
                request = Request(*marshal.loads(stream.read(int.from_bytes(head, sys.byteorder))))
        except (OSError, EOFError, ValueError):
            request = None  # the client has ended
        if request is None or not self.can_run(request, files):
            connection.close()  # the client becomes the installed command
        elif self.fork(connection):
            self.become(request, files, connection)
            return True
        for file in files:
            os.close(file)
        return False

    def can_run(self, request, files):
        has_standard_files = len(files) == len(request.numbers) and {0, 1, 2} <= set(request.numbers)
        return has_standard_files and read_at_start(request.environment) == self.began_with

    def fork(self, connection):
        self.warmth.begin()
        report, self.told = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(report)
            return True
        os.close(self.told)
        self.connections[pid] = connection
        read = bytearray()
        self.watch(report, lambda: self.learn(report, read))
        self.watch(connection, lambda: self.pass_on(connection, pid))
        return False

    def pass_on(self, connection, pid):
        """Signals that the client got."""
        try:
            numbers = connection.recv(64)
        except OSError:
            numbers = b""
        for number in numbers:
            os.kill(pid, number)
        if numbers == b"":
            # It was killed, as the command would have been.
            os.kill(pid, signal.SIGKILL)
            self.forget(connection)
            self.connections[pid] = None

    def reap(self):
        os.read(self.ended, 4096)
        while self.connections:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            connection = self.connections.pop(pid)
            if connection is None:
                continue
            try:
                connection.send(status.to_bytes(4, sys.byteorder))
            except OSError:
                pass  # the client was killed at the same moment
            self.forget(connection)

    def forget(self, connection):
        self.selector.unregister(connection)
        connection.close()

    def learn(self, report, read):
        part = os.read(report, 1 << 20)
        read += part
        if part:
            return
        self.selector.unregister(report)
        os.close(report)
        if read:
            self.warmth.learn(bytes(read))

    def become(self, request, files, client):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # it ends with the server
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number in FORWARDED:
            usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
            signal.signal(number, signal.SIG_IGN if number in request.ignored else usual)
        client.send(b"y")  # signals may come
        client.close()
        for connection in self.connections.values():
            if connection is not None:
                connection.close()
        self.selector.close()
        self.listener.close()
        os.close(self.ended)

        above = max(request.numbers) + 1
        *files, self.told = [move_above(above, file) for file in (*files, self.told)]
        for file, number in zip(files, request.numbers):
            os.dup2(file, number)
            os.close(file)
        for number, name in enumerate(("stdin", "stdout", "stderr")):
            open_standard_file(number, name)
        os.environ.clear()
        os.environb.update({**request.environment, **self.warmth.added_environment})
        os.chdir(request.folder)
        os.umask(request.umask)
        sys.argv = [SCRIPT, *map(os.fsdecode, request.arguments)]
        sys.path[0] = os.path.dirname(SCRIPT)
        self.warmth.use(self.told)


def move_above(least, file):
    moved = fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, least)
    os.close(file)
    return moved


def open_standard_file(number, name):
    """As the interpreter opens it."""
    before = getattr(sys, name)
    is_unbuffered = before.write_through
    buffer = io.open(number, "wb" if number else "rb", 0 if is_unbuffered and number else -1, closefd=False)
    raw = getattr(buffer, "raw", buffer)
    raw.name = f"<{name}>"
    is_by_line = not is_unbuffered and (number == 2 or raw.isatty())
    stream = io.TextIOWrapper(buffer, before.encoding, before.errors, "\n", is_by_line, is_unbuffered)
    stream.mode = before.mode
    setattr(sys, name, stream)
    setattr(sys, f"__{name}__", stream)


def run_script():
    """Ends as the interpreter does, except that it leaves its memory as it is: to clear it would copy much of what the forks share."""
    try:
        runpy.run_path(SCRIPT, run_name="__main__")
    except SystemExit as exit:
        if not (exit.code is None or isinstance(exit.code, int)):
            raise
        threading._shutdown()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit((exit.code or 0) & 0xFF)


if __name__ == "__main__":
    Server().serve()
    run_script()
