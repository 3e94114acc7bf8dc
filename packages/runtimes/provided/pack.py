# Writes to standard output, as a tar archive, what bootstrap.py needs to run in a container that has nothing of it: the interpreter that
# runs this program, the modules that it loads, the shared libraries they are linked with, and the loader that puts them together.
import os
import subprocess
import sys
import sysconfig
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
LOADERS = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"]
LOAD = "import json, sys; sys.path.append(%r); import bootstrap, hearth_supervisor; print(*(m.__file__ for m in sys.modules.values() if hasattr(m, '__file__')), sep='\\n')"


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()


def libraries(loader, program):
    """Paths of what `program` is linked with, by name."""
    fields = [line.split() for line in run(loader, "--list", program) if "=> /" in line]
    return {name: path for name, _, path, *_ in fields if name != os.path.basename(loader)}


def main():
    python = os.path.realpath(sys.executable)
    stdlib = sysconfig.get_path("stdlib")
    loader = [path for path in LOADERS if os.path.exists(path)][0]
    modules = [path for path in run(python, "-I", "-S", "-c", LOAD % HERE) if path.startswith(stdlib + "/")]
    linked = libraries(loader, python)
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", dereference=True) as out:
        out.add(loader, "ld.so")
        out.add(python, "bin/python3")
        for path in modules:
            if path.endswith(".so"):
                linked.update(libraries(loader, path))
            cached = "%s/__pycache__/%s.%s.pyc" % (
                os.path.dirname(path),
                os.path.basename(path)[: -len(".py")],
                sys.implementation.cache_tag,
            )
            for one in (path, cached):
                if os.path.isfile(one):
                    out.add(one, "lib/%s/%s" % (os.path.basename(stdlib), os.path.relpath(one, stdlib)))
        for name, path in sorted(linked.items()):
            out.add(path, "lib/" + name)
        # What the interpreter looks for to know where its library is.
        out.add(os.path.join(stdlib, "os.py"), "lib/%s/os.py" % os.path.basename(stdlib))
        out.add(os.path.join(stdlib, "lib-dynload"), "lib/%s/lib-dynload" % os.path.basename(stdlib), recursive=False)
        for name in ("bootstrap.py", "hearth_forwarder.py", "hearth_process.py", "hearth_supervisor.py"):
            out.add(os.path.join(HERE, name), name)


if __name__ == "__main__":
    main()
