"""Hearth's Python runtime: runs inside a sandbox on Python 3.8 and later, standard library only.

HEARTH_API_SOCKET names the Runtime API's socket (or HEARTH_RUN_DIR its folder). First it waits to be told whose function it is
(GET /hearth/specialise), then it runs invocations one after the other. It speaks only as much of HTTP/1.1 as Hearth's own Runtime API does: every answer carries
Content-Length, and header names are spelled as they are here. What is imported before the wait costs no cold start.
"""

import os
import sys
import time

from _socket import AF_UNIX, SOCK_STREAM, socket

from hearth_api_door import ApiDoor
from hearth_local_names import resolve_local_names

SOCKET = os.environ.get("HEARTH_API_SOCKET") or os.environ.get("HEARTH_RUN_DIR", "/run/hearth") + "/api.sock"
# As on AWS in a sandbox of its own; outside of one, any port that is free.
HAS_OWN_LOOPBACK = not os.environ.get("HEARTH_RUN_DIR")
RUNTIME_API_PORT = 9001 if HAS_OWN_LOOPBACK else 0
API = "/2018-06-01/runtime"
RETRY_FOR_S = 10


class Channel:
    """HTTP/1.1 on one Unix socket; answers come in the order of the requests."""

    def __init__(self, path):
        give_up_at = time.monotonic() + RETRY_FOR_S
        while True:
            self._socket = socket(AF_UNIX, SOCK_STREAM)
            try:
                self._socket.connect(path)
                break
            except OSError:
                self._socket.close()
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(0.005)
        self._bytes = b""

    def send(self, data):
        self._socket.sendall(data)

    def receive(self):
        """The next answer: (status, head, body). `head` is text with lines separated by CRLF."""
        data = self._bytes
        head_end = data.find(b"\r\n\r\n")
        while head_end < 0:
            data += self._read()
            head_end = data.find(b"\r\n\r\n")
        head = data[:head_end].decode("latin-1")
        end = head_end + 4 + int(header(head, "Content-Length") or 0)
        if len(data) < end:
            parts = [data]
            length = len(data)
            while length < end:
                part = self._read()
                parts.append(part)
                length += len(part)
            data = b"".join(parts)
        self._bytes = data[end:]
        return int(head[9:12]), head, data[head_end + 4 : end]

    def _read(self):
        data = self._socket.recv(262144)
        if not data:
            # Hearth went away: nobody is left to work for.
            os._exit(1)
        return data


def header(head, name):
    """The value of `name` in the head of an answer, or None."""
    at = head.find("\r\n" + name + ": ")
    if at < 0:
        return None
    start = at + len(name) + 4
    end = head.find("\r\n", start)
    return head[start:] if end < 0 else head[start:end]


def load_handler(name):
    """Imports the function that `name` names: `module.function`, `package.module.function`, `folder/module.function`."""
    import importlib

    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise RuntimeFault("Runtime.MalformedHandlerName", "Bad handler '%s': %s" % (name, error))
    if module_name.split(".")[0] in sys.builtin_module_names:
        message = "Cannot use built-in module %s as a handler module" % module_name
        raise RuntimeFault("Runtime.BuiltInModuleConflict", message)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise RuntimeFault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, error))
    except SyntaxError as error:
        text = '  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)
        raise RuntimeFault("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error), [text])
    try:
        return getattr(module, function_name)
    except AttributeError:
        message = "Handler '%s' missing on module '%s'" % (function_name, module_name)
        raise RuntimeFault("Runtime.HandlerNotFound", message)


def context_of(head, request_id):
    def parsed(name, meaning):
        text = header(head, name)
        try:
            return json.loads(text) if text else None
        except ValueError as error:
            message = "Unable to parse %s JSON: %s" % (meaning, error)
            raise RuntimeFault("Runtime.LambdaContextUnmarshalError", message)

    return LambdaContext(
        request_id,
        int(header(head, "Lambda-Runtime-Deadline-Ms") or 0),
        header(head, "Lambda-Runtime-Invoked-Function-Arn"),
        parsed("Lambda-Runtime-Client-Context", "Client Context"),
        parsed("Lambda-Runtime-Cognito-Identity", "Cognito Identity"),
        header(head, "Lambda-Runtime-Aws-Tenant-Id"),
    )


def post(path, body, error_type=None):
    kind = ""
    if error_type is not None:
        clean = "".join(c if " " <= c <= "~" else "?" for c in error_type)[:256]
        kind = "Lambda-Runtime-Function-Error-Type: %s\r\n" % clean
    return ("POST %s HTTP/1.1\r\nHost: h\r\n%sContent-Length: %d\r\n\r\n" % (path, kind, len(body))).encode() + body


def run(channel, handler):
    """Invocations, one after the other, for good. One request each: its body is the answer, its answer the next event."""
    env = os.environ
    # The first wish says what the process has used so far; the measured figure comes from outside later.
    import resource

    max_rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    channel.send(("GET %s/invocation/next HTTP/1.1\r\nHost: h\r\nHearth-Max-Rss: %d\r\n\r\n" % (API, max_rss)).encode())
    while True:
        status, head, body = channel.receive()
        if status != 200:
            raise RuntimeError("the Runtime API answered %d to next" % status)
        hearth_logging.request_id = request_id = header(head, "Lambda-Runtime-Aws-Request-Id")
        hearth_logging.tenant_id = header(head, "Lambda-Runtime-Aws-Tenant-Id")
        trace_id = header(head, "Lambda-Runtime-Trace-Id")
        if trace_id:
            env["_X_AMZN_TRACE_ID"] = trace_id
        elif "_X_AMZN_TRACE_ID" in env:
            del env["_X_AMZN_TRACE_ID"]
        error_type = None
        try:
            context = context_of(head, request_id)
            answer = encode(handler(decode(body), context))
        except Exception as error:
            document = failure(error, request_id, __file__)
            hearth_logging.log_error(document)
            error_type, answer = document["errorType"], json.dumps(document).encode()
        sys.stdout.flush()
        sys.stderr.flush()
        kind = "response" if error_type is None else "error"
        # The answer to this is the next event. What is too large is Hearth's to report: the loop goes on.
        channel.send(post("/hearth/invocation/%s/%s" % (request_id, kind), answer, error_type))


def call_snapstart_hooks(channel):
    """Those before the snapshot belong to the init. Those after the restore follow at once, because no snapshot is made, and have a time limit of their own."""
    from hearth_snapstart import run_after_restore, run_before_snapshot

    try:
        run_before_snapshot()
    except BaseException as error:
        give_up(channel, "/init/error", failure(error, "", __file__), "Runtime.BeforeSnapshotError", 64)
    channel.send(("GET %s/restore/next HTTP/1.1\r\nHost: h\r\n\r\n" % API).encode())
    status, _, _ = channel.receive()
    if status != 200:
        raise RuntimeError("the Runtime API answered %d to restore/next" % status)
    try:
        run_after_restore()
    except BaseException as error:
        give_up(channel, "/restore/error", failure(error, "", __file__), "Runtime.AfterRestoreError", 65)


def give_up(channel, path, document, error_type, status):
    """Logs and reports what made the init fail, and ends the process."""
    hearth_logging.log_error(document)
    sys.stdout.flush()
    channel.send(post(API + path, json.dumps(document).encode(), error_type))
    channel.receive()
    sys.exit(status)


def needs_libraries(assignment):
    """Whether code or layers bring shared libraries: the linker reads LD_LIBRARY_PATH when a process starts."""
    if "LD_LIBRARY_PATH" in os.environ:
        return False
    for root in (assignment["taskRoot"], assignment["optRoot"]):
        if os.path.isdir(root + "/lib") and any(".so" in name for name in os.listdir(root + "/lib")):
            return True
    return False


def door_variables(assignment, door):
    found = door.variables(assignment.get("endpointVariables", []), HAS_OWN_LOOPBACK and assignment.get("linkPort"), assignment.get("localPort"))
    if door.local_address and not HAS_OWN_LOOPBACK:
        # All functions share the loopback of the machine: the port may be taken.
        found["PARAMETERS_SECRETS_EXTENSION_HTTP_PORT"] = door.local_address.split(":")[1]
    return found


def supervise_extensions(assignment, door):
    """Stays as the parent of the extensions and of the runtime, which is this program started again. Returns when there are no extensions."""
    folder = assignment["optRoot"] + "/extensions"
    if not os.path.isdir(folder):
        return
    import signal

    # In an image these modules lie beside this file.
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + "/supervisor")
    from hearth_forwarder import Forwarder
    from hearth_process import start
    from hearth_supervisor import extensions_in, supervise

    names = extensions_in(folder)
    if not names:
        return
    env = dict(os.environ)
    env.update(assignment["environment"])
    env.update(door_variables(assignment, door))
    env["HEARTH_API_SOCKET"] = SOCKET
    env["HEARTH_API_DOOR"] = door.address
    command = [sys.executable, __file__]
    if env.get("AWS_LAMBDA_EXEC_WRAPPER"):
        command.insert(0, env["AWS_LAMBDA_EXEC_WRAPPER"])

    def start_runtime():
        child, _, reason = start(command[0], command, env, os.getcwd())
        if reason:
            # As the shell that starts a wrapper on AWS.
            os.write(2, ("/var/runtime/bootstrap: %s: %s\n" % (command[0], reason.capitalize())).encode())
        return child

    wakeup, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    forwarder = Forwarder(SOCKET)
    for listener in door.listeners():
        forwarder.add(listener)
    supervise(folder, names, env, start_runtime, forwarder, SOCKET, wakeup)


def execute_again(assignment, door):
    """Starts this program again with the environment there from the first instruction on (LD_LIBRARY_PATH, LANG, a wrapper …)."""
    env = dict(os.environ)
    env.update(assignment["environment"])
    env["HEARTH_API_SOCKET"] = SOCKET
    command = [sys.executable, __file__]
    wrapper = env.get("AWS_LAMBDA_EXEC_WRAPPER")
    if not wrapper:
        os.execve(command[0], command, env)
    # A wrapper may start what is a runtime of its own: the door stays here, and open.
    env.update(door_variables(assignment, door))
    env["HEARTH_API_DOOR"] = door.address
    import signal

    try:
        child = os.posix_spawn(wrapper, [wrapper] + command, env, setsigdef=[signal.SIGPIPE])
    except OSError as error:
        # As the shell that starts a wrapper on AWS.
        os.write(2, ("/var/runtime/bootstrap: %s: %s\n" % (wrapper, os.strerror(error.errno))).encode())
        os._exit(127 if isinstance(error, FileNotFoundError) else 126)
    door.open_door()
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, lambda number, _: os.kill(child, number))
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os._exit(code if code >= 0 else 128 - code)


def apply(assignment, door):
    """Puts the function's environment, module path and folder in place."""
    for name in [name for name in os.environ if name.startswith("HEARTH_")]:
        del os.environ[name]
    # What a wrapper has made of the environment stands, the handler's name included.
    if door:
        os.environ.update(assignment["environment"])
        os.environ.update(door_variables(assignment, door))
    time.tzset()
    resolve_local_names()
    task, opt = assignment["taskRoot"], assignment["optRoot"]
    # Layers are made for the runtime that the function names, which another version may serve here.
    versions = ["python%d.%d" % sys.version_info[:2], os.environ.get("AWS_EXECUTION_ENV", "").rpartition("_")[2]]
    paths = [task] + ["%s/python/lib/%s/site-packages" % (opt, version) for version in versions] + [opt + "/python"]
    paths += os.environ.get("PYTHONPATH", "").split(":") + [os.environ.get("LAMBDA_RUNTIME_DIR", "")]
    # sys.path[0] is the folder of this file, which is not the function's business.
    rest = sys.path[1:]
    sys.path[:] = [path for index, path in enumerate(paths) if path and path not in paths[:index]]
    sys.path += [path for path in rest if path not in sys.path]
    os.chdir(task)


def main():
    global LambdaContext, RuntimeFault, decode, encode, failure, hearth_logging, json
    channel = Channel(SOCKET)
    channel.send(b"GET /hearth/specialise HTTP/1.1\r\nHost: h\r\n\r\n")
    # Whoever started this program again may hold the door open, and has put the environment in place.
    door = None if "HEARTH_API_DOOR" in os.environ else ApiDoor(SOCKET, RUNTIME_API_PORT)
    import json
    import importlib

    import hearth_logging
    from hearth_answers import RuntimeFault, decode, encode, failure
    from hearth_context import LambdaContext
    from hearth_snapstart import LibraryFinder

    sys.meta_path.append(LibraryFinder)
    status, _, body = channel.receive()
    if status != 200:
        raise RuntimeError("specialise answered %d" % status)
    assignment = json.loads(body)
    try:
        if door:
            supervise_extensions(assignment, door)
        if assignment["freshProcess"] or needs_libraries(assignment):
            execute_again(assignment, door)
        apply(assignment, door)
        if door:
            door.open_door()
        # Lines leave as they end, so that nothing is lost when the process dies.
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace", encoding="utf-8")
        sys.stderr.reconfigure(line_buffering=True, errors="backslashreplace", encoding="utf-8")
        hearth_logging.install()
        handler = load_handler(os.environ.get("_HANDLER", ""))
    except Exception as error:
        document = failure(error, "", __file__)
        hearth_logging.logging.warning(hearth_logging.UNHANDLED)
        give_up(channel, "/init/error", document, document["errorType"], 1)
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        call_snapstart_hooks(channel)
    run(channel, handler)


if __name__ == "__main__":
    main()
