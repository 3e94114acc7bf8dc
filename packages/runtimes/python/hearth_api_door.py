"""The way to the Runtime API and to Hearth's own AWS API: a port on the sandbox's loopback whose connections are carried, byte for byte, to its
Unix socket. SDKs, wrappers and agents want a host and a port. The port is there before the function is; the threads come with `open_door`, and with each connection."""

import _thread

from _socket import (
    AF_INET,
    AF_UNIX,
    IPPROTO_TCP,
    SHUT_RD,
    SHUT_WR,
    SO_REUSEADDR,
    SOCK_STREAM,
    SOL_SOCKET,
    TCP_NODELAY,
    socket,
)

BACKLOG = 50
PIECE = 65536


class PortConnections:
    """Connects Hearth to ports on the loopback, where internal extensions listen for telemetry: it asks for each connection by a line of JSON."""

    def __init__(self, path):
        self._path = path
        self._is_open = False

    def open(self):
        """Before the first connection is carried to Hearth, since it may be an extension's that subscribes."""
        if self._is_open:
            return
        self._is_open = True
        channel = self._connect("carrier.hearth:1")
        _thread.start_new_thread(self._obey, (channel,))

    def _obey(self, channel):
        import json

        partial = b""
        while True:
            data = channel.recv(PIECE)
            if not data:
                return
            *lines, partial = (partial + data).split(b"\n")
            for line in lines:
                order = json.loads(line)
                _thread.start_new_thread(self._connect_to, (order["id"], order["port"]))

    def _connect_to(self, id, port):
        name = "connection.hearth:" + id
        inner = socket(AF_INET, SOCK_STREAM)
        try:
            inner.connect(("127.0.0.1", port))
            inner.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        except OSError:
            inner.close()
            self._connect(name, "Hearth-Unreachable: 1\r\n").close()
            return
        outer = self._connect(name)
        ends = []
        _thread.start_new_thread(carry, (inner, outer, ends))
        carry(outer, inner, ends)

    def _connect(self, name, headers=""):
        channel = socket(AF_UNIX, SOCK_STREAM)
        channel.connect(self._path)
        channel.sendall(("CONNECT %s HTTP/1.1\r\nHost: h\r\n%s\r\n" % (name, headers)).encode())
        return channel


class ApiDoor:
    """On `port`, or on any where that is taken."""

    def __init__(self, path, port, ports=None):
        self._path = path
        self._ports = ports or PortConnections(path)
        self._links = None
        self._local = None
        self._listener = socket(AF_INET, SOCK_STREAM)
        self._listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        try:
            self._listener.bind(("127.0.0.1", port))
        except OSError:
            self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(BACKLOG)
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]

    @property
    def local_address(self):
        return self._local and self._local.address

    def variables(self, endpoint_variables, link_port=None, local_port=None):
        """Those that say where the Runtime API is, and Hearth's own AWS API: on `link_port` too, where links lead to Hearth outside as well. Opens `local_port` too."""
        if local_port:
            self._local = ApiDoor(self._path, local_port, self._ports)
        if link_port and endpoint_variables:
            self._links = ApiDoor(self._path, link_port, self._ports)
        address = self._links.address if self._links else self.address
        found = {name: "http://" + address for name in endpoint_variables}
        found["AWS_LAMBDA_RUNTIME_API"] = self.address
        return found

    def listeners(self):
        others = [door for door in (self._links, self._local) if door]
        return [self._listener] + [listener for door in others for listener in door.listeners()]

    def open_door(self):
        _thread.start_new_thread(self._accept, ())
        for door in (self._links, self._local):
            if door:
                door.open_door()

    def _accept(self):
        while True:
            try:
                fd, _ = self._listener._accept()
                inner = socket(fileno=fd)
                inner.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
                self._ports.open()
                outer = socket(AF_UNIX, SOCK_STREAM)
                outer.connect(self._path)
                ends = []
                _thread.start_new_thread(carry, (inner, outer, ends))
                _thread.start_new_thread(carry, (outer, inner, ends))
            except OSError:
                # No more descriptors, or Hearth is gone: whoever asked sees a closed connection.
                continue
            except RuntimeError:
                # No more threads: the same.
                continue


def carry(source, target, ends):
    """Until `source` ends or `target` takes no more; who ends last closes both. What the other direction has to say is not cut off."""
    try:
        while True:
            data = source.recv(PIECE)
            if not data:
                break
            target.sendall(data)
    except OSError:
        pass
    for end, how in ((target, SHUT_WR), (source, SHUT_RD)):
        try:
            end.shutdown(how)
        except OSError:
            pass
    ends.append(None)
    if len(ends) == 2:
        source.close()
        target.close()
