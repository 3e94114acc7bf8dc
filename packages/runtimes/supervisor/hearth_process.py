# Starts processes. Imports only what a small start can bear.
import errno
import os
import signal

CANNOT_EXECUTE = 126
NOT_FOUND = 127
PIECE = 65536


def start(path, arguments, environment, folder, output=None):
    """The new process's id, and which step failed for what reason, if one did. `output` is a file descriptor for what it writes."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        step, code = "chdir", CANNOT_EXECUTE
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            if output is not None:
                os.dup2(output, 1)
                os.dup2(output, 2)
            os.chdir(folder)
            step = "exec"
            os.execve(path, arguments, environment)
        except OSError as error:
            code = NOT_FOUND if error.errno == errno.ENOENT else CANNOT_EXECUTE
            os.write(writes, ("%s %s" % (step, os.strerror(error.errno).lower())).encode())
        finally:
            os._exit(code)
    os.close(writes)
    step, _, reason = os.read(reads, PIECE).decode().partition(" ")
    os.close(reads)
    return child, step, reason


def ended_children():
    """Id and status of each process that has ended; the first process of a sandbox is also given what others have left behind."""
    while True:
        try:
            ended, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not ended:
            return
        yield ended, status
