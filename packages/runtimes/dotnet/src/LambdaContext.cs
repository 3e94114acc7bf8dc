using System;
using System.Collections.Generic;
using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace Hearth;

/// <summary>Implements an interface of the function's own Amazon.Lambda.Core, which this program is compiled without.</summary>
public class Members : DispatchProxy
{
    Func<MethodInfo, object?[], object?> call = (_, _) => null;

    public static object Of(Type type, Func<MethodInfo, object?[], object?> call)
    {
        var made = Create(type, typeof(Members));
        ((Members)made).call = call;
        return made;
    }

    protected override object? Invoke(MethodInfo? method, object?[]? arguments)
    {
        var answered = call(method!, arguments ?? []);
        // What a newer interface has and this runtime does not know is null, or zero.
        var type = method!.ReturnType;
        return answered is null && type.IsValueType && type != typeof(void) ? Activator.CreateInstance(type) : answered;
    }
}

/// <summary>What a handler gets beside its event. https://docs.aws.amazon.com/lambda/latest/dg/csharp-context.html</summary>
sealed class LambdaContext
{
    readonly Answer request;
    readonly object? serializer;
    readonly long deadlineMs;
    object? clientContext;
    object? identity;
    object? logger;

    LambdaContext(Answer request, object? serializer)
    {
        this.request = request;
        this.serializer = serializer;
        _ = long.TryParse(request.Header("Lambda-Runtime-Deadline-Ms"), NumberStyles.Integer, CultureInfo.InvariantCulture, out deadlineMs);
    }

    public static object Create(Type type, Answer request, object? serializer) => Members.Of(type, new LambdaContext(request, serializer).Get);

    object? Get(MethodInfo method, object?[] _) => method.Name switch
    {
        "get_AwsRequestId" => request.Header("Lambda-Runtime-Aws-Request-Id"),
        "get_InvokedFunctionArn" => request.Header("Lambda-Runtime-Invoked-Function-Arn"),
        "get_TraceId" => request.Header("Lambda-Runtime-Trace-Id"),
        "get_TenantId" => request.Header("Lambda-Runtime-Aws-Tenant-Id"),
        "get_FunctionName" => Environment.GetEnvironmentVariable("AWS_LAMBDA_FUNCTION_NAME"),
        "get_FunctionVersion" => Environment.GetEnvironmentVariable("AWS_LAMBDA_FUNCTION_VERSION"),
        "get_LogGroupName" => Environment.GetEnvironmentVariable("AWS_LAMBDA_LOG_GROUP_NAME"),
        "get_LogStreamName" => Environment.GetEnvironmentVariable("AWS_LAMBDA_LOG_STREAM_NAME"),
        "get_MemoryLimitInMB" => int.TryParse(Environment.GetEnvironmentVariable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), out var mb) ? mb : 0,
        "get_RemainingTime" => TimeSpan.FromMilliseconds(deadlineMs - DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()),
        "get_ClientContext" => clientContext ??= ClientContext(method.ReturnType),
        "get_Identity" => identity ??= Identity(method.ReturnType),
        "get_Logger" => logger ??= LambdaCore.LoggerOf(method.ReturnType),
        "get_Serializer" => serializer,
        _ => null,
    };

    object ClientContext(Type type)
    {
        var document = Parsed("Lambda-Runtime-Client-Context");
        var custom = Texts(document, "custom");
        var environment = Texts(document, "env");
        object? client = null;
        return Members.Of(type, (method, _) => method.Name switch
        {
            "get_Custom" => custom,
            "get_Environment" => environment,
            "get_Client" => client ??= Texts(document, "client") is { } texts ? Client(method.ReturnType, texts) : null,
            _ => null,
        });
    }

    static object Client(Type type, IDictionary<string, string> texts)
    {
        string? Of(string name) => texts.TryGetValue(name, out var text) ? text : null;
        return Members.Of(type, (method, _) => method.Name switch
        {
            "get_AppPackageName" => Of("app_package_name"),
            "get_AppTitle" => Of("app_title"),
            "get_AppVersionCode" => Of("app_version_code"),
            "get_AppVersionName" => Of("app_version_name"),
            "get_InstallationId" => Of("installation_id"),
            _ => null,
        });
    }

    object Identity(Type type)
    {
        var document = Parsed("Lambda-Runtime-Cognito-Identity");
        string? Of(string name) => document is { } parsed && parsed.TryGetProperty(name, out var value) ? value.GetString() : null;
        return Members.Of(type, (method, _) => method.Name switch
        {
            "get_IdentityId" => Of("cognitoIdentityId"),
            "get_IdentityPoolId" => Of("cognitoIdentityPoolId"),
            _ => null,
        });
    }

    JsonElement? Parsed(string header)
    {
        var text = request.Header(header);
        if (string.IsNullOrWhiteSpace(text)) return null;
        using var document = JsonDocument.Parse(text);
        return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
    }

    /// <summary>The members of an object as texts: what is none keeps its JSON.</summary>
    static IDictionary<string, string>? Texts(JsonElement? document, string name)
    {
        if (document is not { } parsed || !parsed.TryGetProperty(name, out var members) || members.ValueKind != JsonValueKind.Object) return null;
        var texts = new Dictionary<string, string>();
        foreach (var member in members.EnumerateObject()) texts[member.Name] = member.Value.ToString();
        return texts;
    }
}
