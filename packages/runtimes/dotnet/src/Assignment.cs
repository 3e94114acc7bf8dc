using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Text.Json;

namespace Hearth;

/// <summary>The function that this sandbox is to run: the answer to GET /hearth/specialise.</summary>
sealed class Assignment
{
    readonly byte[] document;

    public Assignment(byte[] document)
    {
        this.document = document;
        using var parsed = JsonDocument.Parse(document);
        var root = parsed.RootElement;
        foreach (var variable in root.GetProperty("environment").EnumerateObject()) Variables[variable.Name] = variable.Value.GetString() ?? "";
        TaskRoot = root.GetProperty("taskRoot").GetString() ?? "";
        OptRoot = root.GetProperty("optRoot").GetString() ?? "";
        NeedsFreshProcess = root.GetProperty("freshProcess").GetBoolean();
        if (root.TryGetProperty("endpointVariables", out var names))
            foreach (var name in names.EnumerateArray()) EndpointVariables.Add(name.GetString() ?? "");
        if (root.TryGetProperty("linkPort", out var port)) LinkPort = port.GetInt32();
    }

    public Dictionary<string, string> Variables { get; } = new();
    public List<string> EndpointVariables { get; } = new();
    public string TaskRoot { get; }
    public string OptRoot { get; }
    public bool NeedsFreshProcess { get; }
    public int? LinkPort { get; }
    public string Handler => Variables.GetValueOrDefault("_HANDLER", "");
    public string Document => Encoding.UTF8.GetString(document);

    /// <summary>Puts the function's environment, memory and folder in place.</summary>
    public void Apply(ApiDoor door)
    {
        foreach (string name in Environment.GetEnvironmentVariables().Keys)
            if (name.StartsWith("HEARTH_", StringComparison.Ordinal)) Environment.SetEnvironmentVariable(name, null);
        foreach (var (name, value) in Variables) Environment.SetEnvironmentVariable(name, value);
        Environment.SetEnvironmentVariable("AWS_LAMBDA_RUNTIME_API", door.Address);
        var links = door;
        if (LinkPort is { } port && EndpointVariables.Count > 0)
        {
            links = new ApiDoor(Sandbox.ApiSocket, port, door.Ports);
            links.Open();
        }
        foreach (var name in EndpointVariables) Environment.SetEnvironmentVariable(name, "http://" + links.Address);
        door.Open();
        TimeZoneInfo.ClearCachedData();
        Directory.SetCurrentDirectory(TaskRoot);
        Heap.LimitTo(Variables.GetValueOrDefault("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", ""));
    }
}

static class Heap
{
    /// <summary>The collector learns what memory the function has: three quarters of it, as .NET takes of a container's.</summary>
    public static void LimitTo(string memoryMb)
    {
        if (!ulong.TryParse(memoryMb, out var mb)) return;
        AppContext.SetData("GCHeapHardLimit", mb * 1024 * 1024 / 4 * 3);
        try
        {
            GC.RefreshMemoryLimit();
        }
        catch (InvalidOperationException)
        {
            // The kernel's limit holds without it.
        }
    }
}
