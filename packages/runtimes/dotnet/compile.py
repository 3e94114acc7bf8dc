# Compiles C# when an image is made: compile.py DOTNET TOOLS [-- OUTPUT [-r ASSEMBLY]… FOLDER…]…
# OUTPUT is a .dll; where a source has a Main, a runtimeconfig.json that `dotnet` needs is written beside it. Microsoft's compiler (Roslyn) is a library here, which
# this program loads into itself by Python.NET: there is no SDK, and no compiled program of ours that could call it.
import ctypes
import glob
import json
import os
import sys
import tempfile

FRAMEWORK = "Microsoft.NETCore.App"
LOAD_ASSEMBLY_AND_GET_FUNCTION = 5


def start_clr(dotnet, tools):
    """Starts .NET in this process, with Python.NET in it."""
    host = ctypes.CDLL(glob.glob(dotnet + "/host/fxr/*/libhostfxr.so")[0])
    with tempfile.NamedTemporaryFile("w", suffix=".runtimeconfig.json") as config:
        json.dump(runtime_config(dotnet), config)
        config.flush()

        class Parameters(ctypes.Structure):
            _fields_ = [("size", ctypes.c_size_t), ("host_path", ctypes.c_char_p), ("dotnet_root", ctypes.c_char_p)]

        parameters = Parameters(ctypes.sizeof(Parameters), None, dotnet.encode())
        handle, load, function = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
        check(host.hostfxr_initialize_for_runtime_config(config.name.encode(), ctypes.byref(parameters), ctypes.byref(handle)))
    check(host.hostfxr_get_runtime_delegate(handle, LOAD_ASSEMBLY_AND_GET_FUNCTION, ctypes.byref(load)))
    arguments = [ctypes.c_char_p] * 3 + [ctypes.c_void_p] * 2 + [ctypes.POINTER(ctypes.c_void_p)]
    loader = (tools + "/Python.Runtime.dll").encode(), b"Python.Runtime.Loader, Python.Runtime", b"Initialize"
    check(ctypes.CFUNCTYPE(ctypes.c_int, *arguments)(load.value)(*loader, None, None, ctypes.byref(function)))
    check(ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_char_p, ctypes.c_int)(function.value)(b"-", 0))


def check(code):
    # 1 and 2 say that .NET was there already.
    if code not in (0, 1, 2):
        raise SystemExit("the .NET host answered 0x%x" % (code & 0xFFFFFFFF))


def runtime_config(dotnet):
    version = os.path.basename(framework(dotnet))
    settings = {"System.GC.Concurrent": False, "System.Runtime.TieredPGO": False}
    options = {"tfm": "net%s.0" % version.split(".")[0], "framework": {"name": FRAMEWORK, "version": version}, "configProperties": settings}
    return {"runtimeOptions": options}


def framework(dotnet):
    return glob.glob("%s/shared/%s/*" % (dotnet, FRAMEWORK))[0]


def compile(dotnet, tools, output, references, folders):
    import clr
    import System
    from System.Reflection import Assembly

    for name in ("Microsoft.CodeAnalysis", "Microsoft.CodeAnalysis.CSharp"):
        Assembly.LoadFrom("%s/%s.dll" % (tools, name))
        clr.AddReference(name)
    from Microsoft.CodeAnalysis import MetadataReference, NullableContextOptions, OptimizationLevel, OutputKind, SyntaxTree
    from Microsoft.CodeAnalysis.CSharp import CSharpCompilation, CSharpCompilationOptions, CSharpParseOptions, CSharpSyntaxTree, LanguageVersion
    from Microsoft.CodeAnalysis.Emit import DebugInformationFormat, EmitOptions
    from Microsoft.CodeAnalysis.Text import SourceText
    from System.Collections.Generic import List

    language = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest)
    trees = List[SyntaxTree]()
    is_program = False
    for folder in folders:
        for path in sorted(glob.glob(folder + "/**/*.cs", recursive=True)):
            text = open(path, encoding="utf-8").read()
            is_program = is_program or " Main(" in text
            source = SourceText.From(text, System.Text.Encoding.UTF8)
            trees.Add(CSharpSyntaxTree.ParseText(source, language, os.path.relpath(path, folder)))
    known = List[MetadataReference]()
    for path in glob.glob(framework(dotnet) + "/*.dll") + references:
        known.Add(MetadataReference.CreateFromFile(path))
    kind = OutputKind.ConsoleApplication if is_program else OutputKind.DynamicallyLinkedLibrary
    options = CSharpCompilationOptions(kind).WithOptimizationLevel(OptimizationLevel.Release).WithNullableContextOptions(NullableContextOptions.Enable).WithDeterministic(True)
    name = os.path.splitext(os.path.basename(output))[0]
    with_lines = EmitOptions().WithDebugInformationFormat(DebugInformationFormat.Embedded)
    stream = System.IO.FileStream(output, System.IO.FileMode.Create)
    result = CSharpCompilation.Create(name, trees, known, options).Emit(stream, options=with_lines)
    stream.Dispose()
    problems = [str(problem) for problem in result.Diagnostics if str(problem.Severity) == "Error"]
    if not result.Success:
        os.remove(output)
        raise SystemExit("\n".join(problems))
    if is_program:
        with open(output[: -len(".dll")] + ".runtimeconfig.json", "w") as config:
            json.dump(runtime_config(dotnet), config)


def main(dotnet, tools, *steps):
    # Without ICU's data, which the compiler does not need.
    os.environ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1"
    start_clr(dotnet, tools)
    for step in " ".join(steps).split("-- ")[1:]:
        output, *words = step.split()
        references, folders = [], []
        while words:
            word = words.pop(0)
            (references if word == "-r" else folders).append(words.pop(0) if word == "-r" else word)
        compile(dotnet, tools, output, references, folders)
    sys.stdout.flush()
    # Python.NET would take both down in turn.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
