using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection;
using System.Runtime.Loader;
using System.Text.Json;

namespace Hearth;

/// <summary>The shared frameworks of this image, and the assemblies of the function.</summary>
static class Frameworks
{
    const string Core = "Microsoft.NETCore.App";
    static readonly string CoreFolder = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
    static readonly string Shared = Path.GetFullPath(CoreFolder + "/../..");
    /// <summary>The image has a newer version than the label names, which runs assemblies of that one.</summary>
    static readonly bool IsStandIn = File.Exists(AppContext.BaseDirectory + "stand-in");

    /// <summary>Whether this process is of the version that a runtimeconfig.json asks for. What .NET's host would refuse is left to it.</summary>
    public static bool CanServe(JsonElement options)
    {
        if (options.TryGetProperty("framework", out var only)) return CanServeOne(only);
        if (!options.TryGetProperty("frameworks", out var all)) return false;
        foreach (var one in all.EnumerateArray())
            if (!CanServeOne(one)) return false;
        return true;
    }

    static bool CanServeOne(JsonElement framework)
    {
        var name = framework.GetProperty("name").GetString() ?? "";
        if (!Version.TryParse(framework.GetProperty("version").GetString()?.Split('-')[0], out var wanted)) return false;
        if (!Directory.Exists($"{Shared}/{name}")) return false;
        return IsStandIn ? wanted.Major <= Environment.Version.Major : wanted.Major == Environment.Version.Major;
    }

    /// <summary>Whether the function brings an assembly that the framework has as well: .NET's host decides which one is newer.</summary>
    public static bool AreReplacedIn(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*.dll"))
            if (File.Exists($"{CoreFolder}/{Path.GetFileName(file)}")) return true;
        return false;
    }

    /// <summary>From now on assemblies are found in the function's code, as its deps.json says, and in other frameworks of the image.</summary>
    public static void FindAssembliesIn(string folder, string assembly)
    {
        AssemblyDependencyResolver? resolver = null;
        AssemblyDependencyResolver? Resolver()
        {
            var main = $"{folder}/{assembly}.dll";
            return resolver ??= File.Exists(main) ? new AssemblyDependencyResolver(main) : null;
        }
        AssemblyLoadContext.Default.Resolving += (context, name) =>
        {
            if (string.IsNullOrEmpty(name.CultureName))
                foreach (var place in Places(folder))
                {
                    var path = $"{place}/{name.Name}.dll";
                    if (File.Exists(path)) return context.LoadFromAssemblyPath(path);
                }
            var resolved = Resolver()?.ResolveAssemblyToPath(name);
            return resolved is null ? null : context.LoadFromAssemblyPath(resolved);
        };
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) =>
        {
            var path = Resolver()?.ResolveUnmanagedDllToPath(name);
            return path is null ? IntPtr.Zero : System.Runtime.InteropServices.NativeLibrary.Load(path);
        };
    }

    static IEnumerable<string> Places(string folder)
    {
        yield return folder;
        foreach (var framework in Directory.EnumerateDirectories(Shared))
            if (Path.GetFileName(framework) != Core)
                foreach (var version in Directory.EnumerateDirectories(framework)) yield return version;
    }
}
