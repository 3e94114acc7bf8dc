# Carries bytes both ways between pairs of connections in one loop: from a port on the sandbox's loopback to the Runtime API's Unix socket, and from
# there to ports that extensions listen on. Imports only what a small start can bear.
import errno
import os
import select

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

PIECE = 65536
MAX_CONNECTIONS = 32
IN_PROGRESS = (0, errno.EINPROGRESS)


def listen(port):
    """A listening socket on `port` of the loopback, or on any free one where that is 0."""
    listener = socket(AF_INET, SOCK_STREAM)
    listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(MAX_CONNECTIONS)
    return listener


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

    def __init__(self, path):
        self.path = path
        self.orders = None
        self.partial = b""
        self.listeners = {}
        self.poll = select.poll()
        self.ends = {}
        self.watched = {}

    def add(self, listener):
        """Carries connections to this listening socket from now on. Its address."""
        listener.setblocking(False)
        self.listeners[listener.fileno()] = listener
        self.poll.register(listener.fileno(), select.POLLIN)
        return "127.0.0.1:%d" % listener.getsockname()[1]

    def watch(self, fd, callback):
        """Calls back whenever there is something to read from `fd`."""
        self.watched[fd] = callback
        self.poll.register(fd, select.POLLIN)

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
                elif fd in self.watched:
                    self.watched[fd]()
                elif fd in self.ends:
                    self.move(self.ends[fd], events)

    def accept(self, listener):
        try:
            fd, _ = listener._accept()
        except OSError:
            return
        inner = socket(fileno=fd)
        outer = socket(AF_UNIX, SOCK_STREAM)
        try:
            self.take_orders()
            outer.connect(self.path)
        except OSError:
            inner.close()
            outer.close()
            return
        inner.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        self.carry(inner, outer)
        if len(self.ends) >= 2 * MAX_CONNECTIONS:
            for fd in self.listeners:
                self.poll.register(fd, 0)

    def take_orders(self):
        """Before the first connection is carried, since it may be an internal extension's that subscribes to telemetry. A supervisor has its own connection for orders."""
        if self.orders:
            return
        self.orders = self.open("carrier.hearth:1")
        self.watch(self.orders.fileno(), self.obey)

    def obey(self):
        import json

        data = self.orders.recv(PIECE)
        if not data:
            fd = self.orders.fileno()
            self.poll.unregister(fd)
            del self.watched[fd]
            self.orders.close()
            return
        *lines, self.partial = (self.partial + data).split(b"\n")
        for line in lines:
            order = json.loads(line)
            self.connect(order["id"], order["port"])

    def connect(self, id, port):
        """Another connection of Hearth's is carried to a port on the loopback."""
        inner = socket(AF_INET, SOCK_STREAM)
        inner.setblocking(False)
        reached = inner.connect_ex(("127.0.0.1", port)) in IN_PROGRESS
        try:
            outer = self.open("connection.hearth:" + id, "" if reached else "Hearth-Unreachable: 1\r\n")
        except OSError:
            inner.close()
            return
        if reached:
            self.carry(inner, outer)
        else:
            inner.close()
            outer.close()

    def open(self, name, headers=""):
        """A connection to Hearth that is not for requests; `name` says what for."""
        channel = socket(AF_UNIX, SOCK_STREAM)
        channel.connect(self.path)
        channel.sendall(("CONNECT %s HTTP/1.1\r\nHost: h\r\n%s\r\n" % (name, headers)).encode())
        return channel

    def carry(self, one, other):
        """Carries bytes between two connections until both have ended."""
        inner, outer = End(one), End(other)
        inner.other, outer.other = outer, inner
        for end in (inner, outer):
            end.channel.setblocking(False)
            self.ends[end.channel.fileno()] = end
            self.await_more(end)

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
        # Registering again what is registered already changes nothing.
        for fd in self.listeners:
            self.poll.register(fd, select.POLLIN)
        for one in (end, end.other):
            self.ends.pop(one.channel.fileno(), None)
            if one.is_watched:
                self.poll.unregister(one.channel.fileno())
            one.channel.close()
