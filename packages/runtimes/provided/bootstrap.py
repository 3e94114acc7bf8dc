# Starts a custom runtime (provided.al2023, provided.al2) or the program of a container image. It waits to be told whose function it is,
# starts the function's own `bootstrap` or program, carries what that one says to 127.0.0.1:9001 to the Runtime API's Unix socket, and ends
# as it ends. HEARTH_API_SOCKET names the socket (or HEARTH_RUN_DIR its folder). HEARTH_OUTPUT is set where it is the sandbox's first process,
# in an image that may have no shell: the FIFO for what is written. Imports only what a small start can bear.
import errno
import os
import select
import signal
import sys
import time

from _socket import (
    AF_INET,
    AF_UNIX,
    IPPROTO_TCP,
    SHUT_WR,
    SO_REUSEADDR,
    SOCK_STREAM,
    SOL_SOCKET,
    TCP_NODELAY,
    socket,
)

RUN_DIR = os.environ.get("HEARTH_RUN_DIR")
OUTPUT = os.environ.get("HEARTH_OUTPUT")
SOCKET = os.environ.get("HEARTH_API_SOCKET") or (RUN_DIR or "/run/hearth") + "/api.sock"
# As on AWS in a sandbox of its own; outside of one, any port that is free.
PORT = 0 if RUN_DIR else 9001
RETRY_FOR_S = 10
PIECE = 65536
MAX_CONNECTIONS = 32
CANNOT_EXECUTE = 126


def connect(path, wait_s):
    give_up_at = time.monotonic() + wait_s
    while True:
        channel = socket(AF_UNIX, SOCK_STREAM)
        try:
            channel.connect(path)
            return channel
        except OSError:
            channel.close()
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.005)


def answer(channel):
    """Status and body of the next answer, which has a Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += receive(channel)
    head, _, body = data.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    length = int(fields.get(b"content-length", b"0"))
    while len(body) < length:
        body += receive(channel)
    return int(head[9:12]), body


def receive(channel):
    data = channel.recv(PIECE)
    if not data:
        # Hearth went away: nobody is left to work for.
        os._exit(1)
    return data


class End:
    """One end of a connection that is carried: what was read there and has not been written at the other end yet."""

    def __init__(self, channel):
        self.channel = channel
        self.other = None
        self.pending = b""
        self.at_end = False
        self.is_shut = False
        self.is_watched = False

    def interest(self):
        """What to wait for: more of what comes, while nothing waits to be passed on; a place for what does."""
        reads = 0 if self.at_end or self.pending else select.POLLIN
        return reads | (select.POLLOUT if self.other.pending else 0)


class Forwarder:
    """Carries bytes both ways between connections to a port and connections to the Unix socket. Holds one piece each way at most."""

    def __init__(self, port):
        self.listeners = {}
        self.poll = select.poll()
        self.ends = {}
        self.address = self.listen(port)

    def listen(self, port):
        listener = socket(AF_INET, SOCK_STREAM)
        listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(MAX_CONNECTIONS)
        listener.setblocking(False)
        self.listeners[listener.fileno()] = listener
        self.poll.register(listener.fileno(), select.POLLIN)
        return "127.0.0.1:%d" % listener.getsockname()[1]

    def link_address(self, port):
        """Where links lead to Hearth outside as well, if `port` can be had."""
        try:
            return self.listen(port) if port and not RUN_DIR else self.address
        except OSError:
            return self.address

    def serve(self, wakeup):
        """Until something is written to `wakeup`."""
        self.poll.register(wakeup, select.POLLIN)
        while True:
            for fd, events in self.poll.poll():
                if fd == wakeup:
                    os.read(wakeup, PIECE)
                    return
                if fd in self.listeners:
                    self.accept(self.listeners[fd])
                elif fd in self.ends:
                    self.move(self.ends[fd], events)

    def accept(self, listener):
        try:
            fd, _ = listener._accept()
        except OSError:
            return
        inner = End(socket(fileno=fd))
        try:
            outer = End(connect(SOCKET, 0))
        except OSError:
            inner.channel.close()
            return
        inner.channel.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        inner.other, outer.other = outer, inner
        for end in (inner, outer):
            end.channel.setblocking(False)
            self.ends[end.channel.fileno()] = end
            self.await_more(end)
        if len(self.ends) >= 2 * MAX_CONNECTIONS:
            for fd in self.listeners:
                self.poll.unregister(fd)

    def move(self, end, events):
        try:
            if events & (select.POLLIN | select.POLLHUP | select.POLLERR) and not end.pending and not end.at_end:
                end.pending = end.channel.recv(PIECE)
                end.at_end = not end.pending
                self.write(end.other)
            if events & select.POLLOUT:
                self.write(end)
            if events & select.POLLERR or (end.at_end and end.other.at_end and not end.pending and not end.other.pending):
                self.close(end)
                return
            self.await_more(end)
            self.await_more(end.other)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EINTR):
                self.close(end)

    def await_more(self, end):
        interest = end.interest()
        if interest:
            self.poll.register(end.channel.fileno(), interest)
        elif end.is_watched:
            # Not with nothing to wait for: that it is closed would be told again and again.
            self.poll.unregister(end.channel.fileno())
        end.is_watched = interest != 0

    def write(self, end):
        """What the other end has read; its end as well, once all of that is written."""
        other = end.other
        if other.pending:
            try:
                sent = end.channel.send(other.pending)
            except BlockingIOError:
                sent = 0
            other.pending = other.pending[sent:]
        if other.at_end and not other.pending and not end.is_shut:
            end.is_shut = True
            end.channel.shutdown(SHUT_WR)

    def close(self, end):
        if len(self.ends) >= 2 * MAX_CONNECTIONS:
            for fd in self.listeners:
                self.poll.register(fd, select.POLLIN)
        for one in (end, end.other):
            self.ends.pop(one.channel.fileno(), None)
            if one.is_watched:
                self.poll.unregister(one.channel.fileno())
            one.channel.close()


def refuse(channel, message, kind="Runtime.InvalidEntrypoint"):
    """The function has no program that could be started."""
    text = message.replace("\\", "\\\\").replace('"', '\\"')
    body = ('{"errorType":"%s","errorMessage":"%s"}' % (kind, text)).encode()
    head = "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: h\r\n"
    head += "Lambda-Runtime-Function-Error-Type: %s\r\nContent-Length: %d\r\n\r\n" % (kind, len(body))
    channel.sendall(head.encode() + body)
    answer(channel)
    sys.exit(CANNOT_EXECUTE)


def start(path, arguments, environment, folder):
    """The new process's id, and which step failed for what reason, if one did."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        step = "chdir"
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.chdir(folder)
            step = "exec"
            os.execve(path, arguments, environment)
        except OSError as error:
            os.write(writes, ("%s %s" % (step, os.strerror(error.errno).lower())).encode())
        finally:
            os._exit(CANNOT_EXECUTE)
    os.close(writes)
    step, _, reason = os.read(reads, PIECE).decode().partition(" ")
    os.close(reads)
    return child, step, reason


def start_bootstrap(channel, environment, task, opt):
    """The process of the bootstrap in the function's code or in a layer."""
    candidates = [task + "/bootstrap", opt + "/bootstrap"]
    found = [path for path in candidates if os.path.isfile(path)]
    if not found:
        refuse(channel, "Couldn't find valid bootstrap(s): [%s]" % " ".join(candidates))
    child, _, reason = start(found[0], [found[0]], environment, task)
    if reason:
        refuse(channel, "fork/exec %s: %s" % (found[0], reason))
    return child


def start_program(channel, environment, program):
    """The process of an image's own program."""
    command = program["entryPoint"] + program["command"]
    folder = program["workingDirectory"]
    name = command[0] if command else ""
    path, kind, problem = name, "Runtime.InvalidEntrypoint", ""
    if not name:
        problem = "exec: no command"
    elif "/" not in name:
        places = [place + "/" + name for place in environment["PATH"].split(":") if place.startswith("/")]
        found = [place for place in places if os.path.isfile(place) and os.access(place, os.X_OK)]
        if found:
            path = found[0]
        else:
            problem = 'exec: "%s": executable file not found in $PATH' % name
    child = None
    if not problem:
        child, step, reason = start(path, command, environment, folder)
        if step == "chdir":
            kind, problem = "Runtime.InvalidWorkingDir", "chdir %s: %s" % (folder, reason)
        elif step:
            problem = "fork/exec %s: %s" % (path, reason)
    if problem:
        parts = (problem, ",".join(program["entryPoint"]), ",".join(program["command"]), folder)
        os.write(2, ("IMAGE\tLaunch error: %s\tEntry Point: [%s]\tCmd: [%s]\tWorkingDir: [%s]\n" % parts).encode())
        refuse(channel, problem, kind)
    return child


def own_output():
    """What a shell does where there is one: the FIFO takes what is written, and a signal ends also the first process."""
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    fifo = os.open(OUTPUT, os.O_WRONLY)
    os.dup2(fifo, 1)
    os.dup2(fifo, 2)
    os.close(fifo)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(128 + signal.SIGTERM))


def await_end(child, forwarder, wakeup):
    """Serves until `child` has ended, whose exit status this process then ends with."""
    while True:
        forwarder.serve(wakeup)
        ended = 1
        while ended:
            # The first process is also given what others have left behind.
            ended, status = os.waitpid(-1, os.WNOHANG)
            if ended == child:
                code = os.waitstatus_to_exitcode(status)
                os._exit(code if code >= 0 else 128 - code)


def main():
    if OUTPUT:
        own_output()
    # In place before the channel is, so that a cold start need not wait for it.
    forwarder = Forwarder(PORT)
    wakeup, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    channel = connect(SOCKET, RETRY_FOR_S)
    channel.sendall(b"GET /hearth/specialise HTTP/1.1\r\nHost: h\r\n\r\n")
    # While nobody waits.
    import json

    status, body = answer(channel)
    if status != 200:
        raise RuntimeError("specialise answered %d" % status)
    told = json.loads(body)
    program = told.get("program")
    environment = {}
    if not program:
        environment.update({name: value for name, value in os.environ.items() if not name.startswith("HEARTH_")})
    environment.update(told["environment"])
    environment["AWS_LAMBDA_RUNTIME_API"] = forwarder.address
    endpoints = told.get("endpointVariables", [])
    links = forwarder.link_address(told.get("linkPort")) if endpoints else ""
    for name in endpoints:
        environment[name] = "http://" + links
    if program:
        child = start_program(channel, environment, program)
    else:
        child = start_bootstrap(channel, environment, told["taskRoot"], told["optRoot"])
    channel.close()
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
    await_end(child, forwarder, wakeup)


if __name__ == "__main__":
    main()
