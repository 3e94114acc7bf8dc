# The `aws` command of the tests: has the fork server (server.py) run the command, and ends as it ends. It becomes the installed command where
# the server refuses or has ended. SOCKET and INSTALLED are set above this text. It imports little, so that it starts fast.
import _signal as signal
import _socket
import marshal
import os
import sys

FORWARDED = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


def open_files():
    """All of them: a shell's <(…) is one with a number above 2."""
    for name in os.listdir("/proc/self/fd"):
        try:
            os.fstat(int(name))
        except OSError:
            continue  # the list itself
        yield int(name)


def request():
    umask = os.umask(0)
    os.umask(umask)
    ignored = [number for number in FORWARDED if signal.getsignal(number) == signal.SIG_IGN]
    arguments = [os.fsencode(argument) for argument in sys.argv[1:]]
    files = list(open_files())
    return files, marshal.dumps((arguments, dict(os.environb), os.getcwdb(), umask, files, ignored))


def connect():
    """The connection to the server that runs the command; None where it does not."""
    try:
        files, body = request()
        server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        server.connect(SOCKET)
        passed = b"".join(file.to_bytes(4, sys.byteorder) for file in files)
        size = len(body).to_bytes(4, sys.byteorder)
        server.sendmsg([size], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, passed)])
        server.sendall(body)
        return server if server.recv(1) == b"y" else None
    except OSError:
        return None


def main():
    server = connect()
    if server is None:
        os.execv(INSTALLED, [INSTALLED, *sys.argv[1:]])
    for number in FORWARDED:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda number, _: server.sendall(bytes([number])))
    status = server.recv(4)
    if len(status) < 4:
        sys.exit("the fork server of the aws command has ended")
    status = int.from_bytes(status, sys.byteorder)
    if os.WIFSIGNALED(status):
        signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    os._exit(os.WEXITSTATUS(status))


main()
