// The function of the behaviour suite in .NET: the event's `do` says what it does. packages/testkit/src/languages.ts has its answers.
using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Reflection;
using System.Text.Json;
using System.Threading.Tasks;
using Amazon.Lambda.Core;
using Amazon.Lambda.Serialization.SystemTextJson;

[assembly: LambdaSerializer(typeof(DefaultLambdaJsonSerializer))]

namespace Example;

public class Suite
{
    int count;

    public async Task<object?> Act(JsonElement input, ILambdaContext context)
    {
        switch (input.GetProperty("do").GetString())
        {
            case "echo": return input.GetProperty("value");
            case "nothing": return null;
            case "text": return new string('x', input.GetProperty("size").GetInt32());
            case "count": return ++count;
            case "context":
                return new
                {
                    requestId = context.AwsRequestId,
                    functionName = context.FunctionName,
                    functionVersion = context.FunctionVersion,
                    arn = context.InvokedFunctionArn,
                    memory = context.MemoryLimitInMB,
                    logGroup = context.LogGroupName,
                    logStream = context.LogStreamName,
                    remaining = (long)context.RemainingTime.TotalMilliseconds,
                    custom = context.ClientContext.Custom,
                };
            case "environment":
                var variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(one => (string)one.Key, one => (string?)one.Value);
                return new { variables, folder = Directory.GetCurrentDirectory() };
            case "fail": throw new InvalidDataException("as asked: ü");
            case "exit":
                Environment.Exit(input.GetProperty("status").GetInt32());
                return null;
            case "wait":
                await Task.Delay(input.GetProperty("ms").GetInt32());
                return "waited";
            case "log":
                context.Logger.LogDebug("at debug");
                context.Logger.LogInformation("at info");
                context.Logger.LogError("at error\nin two lines");
                Console.Write("plain ü\n");
                return null;
            case "layer": return File.ReadAllText("/opt/data/text.txt");
            case "library":
                var library = Assembly.LoadFrom("/opt/FromLayer.dll");
                return library.GetType("FromLayer.Library")!.GetProperty("Name")!.GetValue(null);
            case "door":
                using (var client = new HttpClient())
                using (var answer = await client.GetAsync($"http://{Environment.GetEnvironmentVariable("AWS_LAMBDA_RUNTIME_API")}/2018-06-01/runtime/nothing"))
                    return (int)answer.StatusCode;
            default: throw new ArgumentException("unknown");
        }
    }
}

public class Early
{
    public Early() => throw new ArgumentOutOfRangeException("none", "too early");

    public string Run() => "never";
}
