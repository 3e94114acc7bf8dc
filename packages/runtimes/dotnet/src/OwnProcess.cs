using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Hearth;

/// <summary>
/// Functions that this process cannot become: executables, those with settings that .NET reads when it starts, with extensions or a wrapper. For them it executes
/// the program that starts custom runtimes, which starts /var/runtime/bootstrap.
/// </summary>
static class OwnProcess
{
    static readonly string[] Command = ["/var/lang/bin/python3", "-I", "-S", "/var/runtime/bootstrap.py"];
    /// <summary>Settings of a runtimeconfig.json that only change how fast code becomes, or that are read when they are first needed.</summary>
    static readonly HashSet<string> Harmless = ["System.Runtime.TieredPGO", "System.Runtime.TieredCompilation.QuickJitForLoops"];
    static readonly string[] ReadAtStart = ["System.GC.", "System.Globalization.", "System.Runtime.Tiered", "System.Threading."];

    public static bool IsNeededFor(Assignment assignment)
    {
        if (assignment.NeedsFreshProcess || !assignment.Handler.Contains(':')) return true;
        var extensions = assignment.OptRoot + "/extensions";
        if (Directory.Exists(extensions) && Directory.EnumerateFiles(extensions).GetEnumerator().MoveNext()) return true;
        try
        {
            return !CanBeLoadedHere(assignment.TaskRoot, assignment.Handler);
        }
        catch (Exception error) when (error is IOException or JsonException or InvalidOperationException or UnauthorizedAccessException)
        {
            // .NET's own host says what is wrong.
            return true;
        }
    }

    static bool CanBeLoadedHere(string taskRoot, string handler)
    {
        // As AWS finds it: by the handler's assembly, or the only one there is.
        var named = $"{taskRoot}/{handler.Split(':')[0]}.runtimeconfig.json";
        var found = File.Exists(named) ? [named] : Directory.GetFiles(taskRoot, "*.runtimeconfig.json");
        if (found.Length != 1 || Environment.GetEnvironmentVariable("LAMBDA_DOTNET_MAIN_ASSEMBLY") is not null) return false;
        using var document = JsonDocument.Parse(File.ReadAllBytes(found[0]));
        var options = document.RootElement.GetProperty("runtimeOptions");
        var settings = new List<KeyValuePair<string, object>>();
        if (options.TryGetProperty("configProperties", out var properties))
        {
            foreach (var property in properties.EnumerateObject())
            {
                if (Harmless.Contains(property.Name)) continue;
                if (Array.Exists(ReadAtStart, start => property.Name.StartsWith(start, StringComparison.Ordinal))) return false;
                settings.Add(new(property.Name, property.Value.ToString()));
            }
        }
        if (!Frameworks.CanServe(options) || Frameworks.AreReplacedIn(taskRoot)) return false;
        foreach (var (name, value) in settings) AppContext.SetData(name, value);
        return true;
    }

    /// <summary>Does not return.</summary>
    public static void Start(Assignment assignment, ApiDoor door)
    {
        door.Close();
        var environment = new List<string?> { "HEARTH_ASSIGNMENT=" + assignment.Document };
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables()) environment.Add($"{variable.Key}={variable.Value}");
        environment.Add(null);
        _ = Execute(Command[0], [.. Command, null], [.. environment]);
        throw new InvalidOperationException($"{Command[0]} cannot be executed: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [DllImport("libc", EntryPoint = "execve", SetLastError = true)]
    static extern int Execute(string path, string?[] arguments, string?[] environment);
}
