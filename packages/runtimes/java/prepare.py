"""Finishes a Java image while it is built: `prepare.py <Java version>`. Compiles the runtime's own classes, writes the options of this version, makes the store of
trusted certificates, and makes the archive of classes (AppCDS) by running functions against a small Runtime API."""

import glob
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import zipfile

JAVA = "/var/lang/bin/java"
RUNTIME = "/var/runtime"
ARCHIVE = "/var/lang/lib/runtime.jsa"
API_SOCKET = "/run/hearth/api.sock"
PORT = 9001
CLIENT = "com/amazonaws/services/lambda/runtime/api/client/AWSLambda.class"
# One of each form that handlers have.
HANDLERS = ["Training::run", "Training::copy", "Training$Handler", "Training$StreamHandler"]
EVENTS = 40
EVENT = b'{"text": "training", "numbers": [1, 2.5, true, null], "nested": {"list": [{}]}}'
ENVIRONMENT = {
    "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:%d" % PORT,
    "AWS_LAMBDA_FUNCTION_NAME": "training",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_LOG_GROUP_NAME": "training",
    "AWS_LAMBDA_LOG_STREAM_NAME": "training",
    "AWS_LAMBDA_LOG_FORMAT": "Text",
    "LANG": "en_US.UTF-8",
    "PATH": "/var/lang/bin:/usr/bin:/bin",
}


def run(*command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if done.returncode != 0:
        sys.exit("%s\nended with %d:\n%s" % (" ".join(command), done.returncode, done.stdout[-4000:]))


def options_of(version):
    """The options of a Java version, besides those that `bootstrap` computes."""
    # Unsafe is what AWS's client sets its logger with; its use is announced on standard error since Java 24.
    return "--sun-misc-unsafe-memory-access=allow" if version >= 24 else ""


def compile_classes(version, tools, jars):
    """With Eclipse's compiler, which needs no JDK."""
    folders = ["src", "unix" if version >= 17 else "port"]
    sources = [path for folder in folders for path in glob.glob("%s/%s/**/*.java" % (RUNTIME, folder), recursive=True)]
    classes = RUNTIME + "/lib/hearth.jar"
    with tempfile.TemporaryDirectory() as folder:
        compiler = [JAVA, "-jar", tools + "/ecj.jar", "-source", "8", "-target", "8", "-nowarn", "-proc:none"]
        run(*compiler, "-cp", ":".join(jars), "-d", folder, *sources)
        training = folder + "/training"
        run(*compiler, "-cp", ":".join(jars), "-d", tools + "/training", RUNTIME + "/training/Training.java")
        # A jar is a zip; the archive of classes takes none from folders.
        with zipfile.ZipFile(classes, "w", zipfile.ZIP_STORED) as jar:
            for path in sorted(glob.glob(folder + "/**/*.class", recursive=True)):
                jar.writestr(zipfile.ZipInfo(os.path.relpath(path, folder)), open(path, "rb").read())
            jar.writestr(zipfile.ZipInfo(CLIENT), with_own_security_properties(found_in(jars, CLIENT)))
    return classes


def found_in(jars, name):
    """The file of that name in one of the jars."""
    for path in jars:
        with zipfile.ZipFile(path) as jar:
            if name in jar.namelist():
                return jar.read(name)
    sys.exit("no jar has " + name)


def with_own_security_properties(data):
    """The class file with hearth.SecurityProperties in the place of java.security.Security: one name among its constants."""
    old, new = [struct.pack(">BH", 1, len(name)) + name for name in (b"java/security/Security", b"hearth/SecurityProperties")]
    if data.count(old) != 1:
        sys.exit("AWS's client does not set security properties as expected")
    return data.replace(old, new)


def set_security_properties(classpath):
    """Writes what AWS's client would set at each start into the file that Java reads; the last line of a name counts."""
    home = os.path.dirname(os.path.dirname(os.path.realpath(JAVA)))
    files = [home + place for place in ("/conf/security/java.security", "/lib/security/java.security")]
    found = [path for path in files if os.path.isfile(path)]
    done = subprocess.run([JAVA, "-cp", classpath, "hearth.SecurityProperties"], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0 or "networkaddress.cache.negative.ttl=1" not in done.stdout or not found:
        sys.exit("the security properties cannot be set: " + done.stdout)
    with open(found[0], "a") as file:
        file.write("\n# As AWS's runtime interface client sets them.\n" + done.stdout)


def trust_certificates():
    """What Debian's package does after its installation: the certificates that the system trusts, as a store for Java."""
    tool = "/usr/share/ca-certificates-java/ca-certificates-java.jar"
    found = sorted(glob.glob("/usr/share/ca-certificates/mozilla/*.crt"))
    os.makedirs("/etc/ssl/certs/java", exist_ok=True)
    run(JAVA, "-jar", tool, "-storepass", "changeit", input="".join("+%s\n" % path for path in found))


def serve(listener):
    """Answers as Hearth's Runtime API does."""
    while True:
        answer(listener.accept()[0])


def answer(channel):
    """Sends one event after the other, then ends the connection."""
    head = "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: training\r\nLambda-Runtime-Deadline-Ms: 9999999999999\r\n"
    head += "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:000000000000:function:training\r\n"
    head += "Lambda-Runtime-Trace-Id: Root=1-0-0\r\nContent-Length: %d\r\n\r\n" % len(EVENT)
    for _ in range(EVENTS):
        data = channel.recv(65536)
        if b"\r\nContent-Length: " in data:
            length = int(data.split(b"Content-Length: ")[1].split(b"\r\n")[0])
            while len(data.partition(b"\r\n\r\n")[2]) < length:
                data += channel.recv(65536)
        channel.sendall(head.encode() + EVENT)
    channel.recv(65536)
    channel.close()


def listen():
    """A small Runtime API, for as long as this program runs."""
    listeners = [socket.socket(socket.AF_UNIX), socket.socket(socket.AF_INET)]
    os.makedirs(os.path.dirname(API_SOCKET), exist_ok=True)
    listeners[0].bind(API_SOCKET)
    listeners[1].bind(("127.0.0.1", PORT))
    for listener in listeners:
        listener.listen()
        threading.Thread(target=serve, args=(listener,), daemon=True).start()


def run_training(tools, handler, command):
    """Runs a training function until it has answered every event."""
    done = subprocess.run(
        command,
        cwd=tools + "/training",
        env={**ENVIRONMENT, "_HANDLER": handler},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    # Its connection has ended, which ends the runtime.
    if "training" not in done.stdout:
        sys.exit("the training function %s did not run:\n%s" % (handler, done.stdout[-4000:]))


def make_archive(version, tools, classpath, options):
    if version < 11:
        # Java 8 archives its own classes only, where it looks for them by itself.
        run(JAVA, "-Xshare:dump")
        return
    listed = tools + "/classes"
    lines = {}
    listen()
    for handler in HANDLERS:
        start = [JAVA, "-Xshare:off", "-XX:+UseSerialGC", "-XX:DumpLoadedClassList=" + listed]
        run_training(tools, handler, [*start, *options, "-cp", classpath, "hearth.Start"])
        with open(listed) as file:
            # In the order in which they were loaded. Their numbers differ from run to run, and only classes of the function's loader refer to others by them.
            lines.update(dict.fromkeys(line.split(" id: ")[0].rstrip() + "\n" for line in file if " source: " not in line))
    os.remove(API_SOCKET)
    with open(listed, "w") as file:
        file.writelines(lines)
    dump = [JAVA, "-Xshare:dump", "-XX:SharedClassListFile=" + listed, "-XX:SharedArchiveFile=" + ARCHIVE]
    run(*dump, *options, "-cp", classpath)


def main():
    version = int(sys.argv[1])
    tools = sys.argv[2]
    jars = sorted(glob.glob(RUNTIME + "/lib/*.jar"))
    os.makedirs("/var/lang/lib", exist_ok=True)
    trust_certificates()
    options = options_of(version)
    # Ours first: it has classes in the place of AWS's.
    classpath = ":".join([compile_classes(version, tools, jars), *jars])
    set_security_properties(classpath)
    archive = "-XX:SharedArchiveFile=" + ARCHIVE if version >= 11 else ""
    # As on AWS since Java 17: the first compiler only, which suits short work.
    tiers = "-XX:+TieredCompilation -XX:TieredStopAtLevel=1" if version >= 17 else ""
    for name, text in (("classpath", classpath), ("options", options + " " + archive), ("tiers", tiers)):
        with open("%s/%s" % (RUNTIME, name), "w") as file:
            file.write(text)
    make_archive(version, tools, classpath, options.split())


if __name__ == "__main__":
    main()
