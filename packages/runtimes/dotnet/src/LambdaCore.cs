using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;

namespace Hearth;

/// <summary>The loggers and response streams of the function's own Amazon.Lambda.Core write by this runtime.</summary>
static class LambdaCore
{
    const string AssemblyName = "Amazon.Lambda.Core";
    const string LoggerName = "Amazon.Lambda.Core.LambdaLogger";

    /// <summary>As soon as that assembly is loaded, they are connected.</summary>
    public static void Watch()
    {
        AppDomain.CurrentDomain.AssemblyLoad += (_, loaded) => ConnectIn(loaded.LoadedAssembly);
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies()) ConnectIn(assembly);
    }

    static void ConnectIn(Assembly assembly)
    {
        if (assembly.GetName().Name != AssemblyName) return;
        ResponseStream.ConnectIn(assembly);
        if (assembly.GetType(LoggerName) is not { } type) return;
        Set(type, "_loggingAction", (Action<string>)(message => Log.Write(null, null, message, null)));
        Set(type, "_loggingWithLevelAction", (Action<string, string, object?[]?>)((level, message, arguments) => Log.Write(level, null, message, arguments)));
        Set(type, "_loggingWithLevelAndExceptionAction", (Action<string, Exception, string, object?[]?>)((level, error, message, arguments) => Log.Write(level, error, message, arguments)));
    }

    /// <summary>Older versions have not all of these fields.</summary>
    static void Set(Type type, string name, object action)
    {
        var field = type.GetField(name, BindingFlags.NonPublic | BindingFlags.Static);
        if (field is not null && field.FieldType.IsInstanceOfType(action)) field.SetValue(null, action);
    }

    /// <summary>An ILambdaLogger, whichever methods its version has: the level is in the method's name or its first argument.</summary>
    public static object LoggerOf(Type type) => Members.Of(type, (method, arguments) =>
    {
        var parameters = method.GetParameters();
        string? level = method.Name.StartsWith("Log", StringComparison.Ordinal) && method.Name is not ("Log" or "LogLine") ? method.Name[3..] : null;
        Exception? error = null;
        object?[]? values = null;
        var texts = new List<string?>();
        for (var at = 0; at < arguments.Length; at++)
        {
            var wanted = parameters[at].ParameterType;
            if (wanted.IsEnum) level = arguments[at]?.ToString();
            else if (typeof(Exception).IsAssignableFrom(wanted)) error = arguments[at] as Exception;
            else if (wanted == typeof(object[])) values = arguments[at] as object?[];
            else texts.Add(arguments[at]?.ToString());
        }
        if (texts.Count > 1)
        {
            level = texts[0];
            texts.RemoveAt(0);
        }
        Log.Write(level ?? (method.Name is "Log" or "LogLine" ? nameof(LogLevel.Information) : null), error, texts.FirstOrDefault(), values);
        return null;
    });
}
