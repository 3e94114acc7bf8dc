using System;
using System.IO;
using System.Reflection;
using System.Threading.Tasks;

namespace Hearth;

/// <summary>Calls the handler's method with what its parameters ask for, and writes what it answers.</summary>
sealed class HandlerCall
{
    const string ContextName = "Amazon.Lambda.Core.ILambdaContext";
    const int LargeBytes = 1024 * 1024;

    readonly MethodInvoker method;
    readonly object? instance;
    readonly object? serializer;
    readonly Func<Stream, object?>? read;
    readonly Func<Answer, object?>? context;
    readonly Action<object?, Stream>? write;
    readonly Func<object?, object?>? result;
    MemoryStream output = new();

    public HandlerCall(MethodInfo method, object? instance, Serializer? serializer, string typeName, Assembly assembly)
    {
        this.method = MethodInvoker.Create(method);
        this.instance = instance;
        this.serializer = serializer?.Instance;
        var parameters = method.GetParameters();
        if (parameters.Length > 2) throw Handler.Invalid($"Method '{method.Name}' of type '{typeName}' is not supported: the method has more than 2 parameters.");
        if (parameters.Length == 2 && !IsContext(parameters[1]))
            throw Handler.Invalid($"Method '{method.Name}' of type '{typeName}' is not supported: the method has 2 parameters, but the second parameter is not of type '{ContextName}'.");
        if (parameters.Length > 0 && IsContext(parameters[^1]))
        {
            var type = parameters[^1].ParameterType;
            context = request => LambdaContext.Create(type, request, this.serializer);
        }
        if (parameters.Length > 0 && !IsContext(parameters[0]))
        {
            var type = parameters[0].ParameterType;
            read = type == typeof(Stream) ? stream => stream : (serializer ?? throw Serializer.Missing("deserialize input", type, method, assembly)).ReaderOf(type);
        }
        var (output, unwrap) = Unwrapped(method.ReturnType);
        result = unwrap;
        if (output is null) return;
        write = typeof(Stream).IsAssignableFrom(output) ? Copy : (serializer ?? throw Serializer.Missing("serialize output", output, method, assembly)).WriterOf(output);
    }

    static bool IsContext(ParameterInfo parameter) => parameter.ParameterType.FullName == ContextName;

    /// <summary>The result is valid until the next call.</summary>
    public ReadOnlySpan<byte> Invoke(Answer request)
    {
        if (output.Capacity > LargeBytes) output = new MemoryStream();
        output.SetLength(0);
        var answered = Call(request);
        if (result is not null) answered = result(answered);
        if (!ResponseStream.IsWanted) write?.Invoke(answered, output);
        return output.GetBuffer().AsSpan(0, (int)output.Length);
    }

    object? Call(Answer request)
    {
        if (read is null) return context is null ? method.Invoke(instance) : method.Invoke(instance, context(request));
        var input = read(new MemoryStream(request.Body, writable: false));
        return context is null ? method.Invoke(instance, input) : method.Invoke(instance, input, context(request));
    }

    static void Copy(object? answer, Stream output)
    {
        if (answer is not Stream stream) return;
        using (stream) stream.CopyTo(output);
    }

    /// <summary>The type of what a method answers once it has ended, null for nothing, and how to wait for that.</summary>
    static (Type? Type, Func<object?, object?>? Unwrap) Unwrapped(Type type)
    {
        if (type == typeof(void)) return (null, null);
        if (type == typeof(ValueTask)) return (null, task => Wait(((ValueTask)task!).AsTask()));
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>))
        {
            var asTask = MethodInvoker.Create(type.GetMethod("AsTask")!);
            var (inner, unwrap) = Unwrapped(typeof(Task<>).MakeGenericType(type.GenericTypeArguments));
            return (inner, task => unwrap!(asTask.Invoke(task)));
        }
        if (!typeof(Task).IsAssignableFrom(type)) return (type, null);
        for (var at = type; at is not null; at = at.BaseType)
        {
            if (!at.IsGenericType || at.GetGenericTypeDefinition() != typeof(Task<>)) continue;
            var value = MethodInvoker.Create(at.GetProperty("Result")!.GetMethod!);
            return (at.GenericTypeArguments[0], task =>
            {
                Wait((Task)task!);
                return value.Invoke(task);
            });
        }
        return (null, task => Wait((Task)task!));
    }

    static object? Wait(Task task)
    {
        task.GetAwaiter().GetResult();
        return null;
    }
}
