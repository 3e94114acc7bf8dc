# Starts a custom runtime (provided.al2023, provided.al2) or the program of a container image. It waits to be told whose function it is,
# starts the function's own `bootstrap` or program, carries what that one says to 127.0.0.1:9001 to the Runtime API's Unix socket, and ends
# as it ends. HEARTH_API_SOCKET names the socket (or HEARTH_RUN_DIR its folder). HEARTH_OUTPUT is set where it is the sandbox's first process,
# in an image that may have no shell: the FIFO for what is written. Imports only what a small start can bear.
import os
import signal
import sys
import time

from _socket import AF_UNIX, SOCK_STREAM, socket

# Modules of Hearth's own lie beside this file in an image, and in a folder beside this one otherwise.
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [HERE, os.path.dirname(HERE) + "/supervisor"]
from hearth_forwarder import Forwarder, listen
from hearth_process import CANNOT_EXECUTE, ended_children, start

RUN_DIR = os.environ.get("HEARTH_RUN_DIR")
OUTPUT = os.environ.get("HEARTH_OUTPUT")
SOCKET = os.environ.get("HEARTH_API_SOCKET") or (RUN_DIR or "/run/hearth") + "/api.sock"
# As on AWS in a sandbox of its own; outside of one, any port that is free.
PORT = 0 if RUN_DIR else 9001
RETRY_FOR_S = 10
PIECE = 65536
# In images of languages whose runtime cannot wait for its function by itself, such as Java.
MANAGED = "/var/runtime/bootstrap"


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


def refuse(channel, message, kind="Runtime.InvalidEntrypoint"):
    """The function has no program that could be started."""
    text = message.replace("\\", "\\\\").replace('"', '\\"')
    body = ('{"errorType":"%s","errorMessage":"%s"}' % (kind, text)).encode()
    head = "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: h\r\n"
    head += "Lambda-Runtime-Function-Error-Type: %s\r\nContent-Length: %d\r\n\r\n" % (kind, len(body))
    channel.sendall(head.encode() + body)
    answer(channel)
    sys.exit(CANNOT_EXECUTE)


def start_bootstrap(channel, environment, task, opt):
    """The process of the image's own bootstrap, or of that in the function's code or in a layer."""
    candidates = [MANAGED] if os.path.isfile(MANAGED) else [task + "/bootstrap", opt + "/bootstrap"]
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


def link_address(forwarder, port, otherwise):
    """Where links lead to Hearth outside as well, if `port` can be had."""
    try:
        return forwarder.add(listen(port))
    except OSError:
        return otherwise


def await_end(child, forwarder, wakeup):
    """Serves until `child` has ended, whose exit status this process then ends with."""
    while True:
        forwarder.serve(wakeup)
        for ended, status in ended_children():
            if ended == child:
                code = os.waitstatus_to_exitcode(status)
                os._exit(code if code >= 0 else 128 - code)


def main():
    if OUTPUT:
        own_output()
    # In place before the channel is, so that a cold start need not wait for it.
    forwarder = Forwarder(SOCKET)
    address = forwarder.add(listen(PORT))
    wakeup, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    channel = connect(SOCKET, RETRY_FOR_S)
    # A runtime that has asked already, and cannot become this function's, hands on what it was told.
    body = os.environ.get("HEARTH_ASSIGNMENT")
    if body is None:
        channel.sendall(b"GET /hearth/specialise HTTP/1.1\r\nHost: h\r\n\r\n")
    # While no caller waits.
    import json

    if body is None:
        status, body = answer(channel)
        if status != 200:
            raise RuntimeError("specialise answered %d" % status)
    told = json.loads(body)
    program = told.get("program")
    environment = {}
    if not program:
        environment.update({name: value for name, value in os.environ.items() if not name.startswith("HEARTH_")})
    environment.update(told["environment"])
    environment["AWS_LAMBDA_RUNTIME_API"] = address
    endpoints = told.get("endpointVariables", [])
    links = address
    if endpoints and told.get("linkPort") and not RUN_DIR:
        links = link_address(forwarder, told["linkPort"], address)
    for name in endpoints:
        environment[name] = "http://" + links
    if told.get("localPort"):
        local = link_address(forwarder, told["localPort"], address)
        if RUN_DIR:
            # All functions share the loopback of the machine: the port may be taken.
            environment["PARAMETERS_SECRETS_EXTENSION_HTTP_PORT"] = local.split(":")[1]
    def start_runtime():
        if program:
            return start_program(channel, environment, program)
        return start_bootstrap(channel, environment, told["taskRoot"], told["optRoot"])

    extensions = told["optRoot"] + "/extensions"
    if os.path.isdir(extensions):
        from hearth_supervisor import extensions_in, supervise

        names = extensions_in(extensions)
        if names:
            supervise(extensions, names, environment, start_runtime, forwarder, SOCKET, wakeup)
    child = start_runtime()
    channel.close()
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
    await_end(child, forwarder, wakeup)


if __name__ == "__main__":
    main()
