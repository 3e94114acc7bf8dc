using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using Amazon.Lambda.Core;
using Amazon.Lambda.Serialization.SystemTextJson;

namespace Example;

public record Item(string Name, decimal Price);
public class Order
{
    public string? Id { get; set; }
    public List<Item> Items { get; set; } = [];
    public DateTime? At { get; set; }
}
public class Total
{
    public decimal Sum { get; set; }
    public string? FirstName { get; set; }
}

/// <summary>Forms that a handler may have.</summary>
public class Forms : Inherited
{
    static int constructed;
    readonly string made;

    public Forms() => made = $"made {++constructed}";

    public static Stream Streams(Stream input, ILambdaContext context)
    {
        using var reader = new StreamReader(input);
        var output = new MemoryStream(System.Text.Encoding.UTF8.GetBytes($"[{reader.ReadToEnd()},\"{context.FunctionName}\"]"));
        return output;
    }
    public string Upper(string input) => input.ToUpperInvariant();
    public string Made() => made;
    public string OnlyContext(ILambdaContext context) => context.AwsRequestId;
    public Total Sum(Order order)
    {
        var total = new Total { FirstName = order.Items.Count > 0 ? order.Items[0].Name : null };
        foreach (var item in order.Items) total.Sum += item.Price;
        return total;
    }
    [LambdaSerializer(typeof(CamelCaseLambdaJsonSerializer))]
    public Total CamelCase(Order order) => Sum(order);
    public async Task<Order> Later(Order order)
    {
        await Task.Delay(1);
        return order;
    }
    public async Task Nothing(Order order) => await Task.Delay(1);
    public ValueTask<int> Value(int number) => new(number + 1);
    public async ValueTask ValueNothing() => await Task.Delay(1);
    public void Void(Stream input) { }
    public string Overloaded(string text) => "text:" + text;
    public string Overloaded(int number) => "number";
    public async void AsyncVoid() => await Task.Delay(1);
    public string TooMany(string a, string b, string c) => a + b + c;
    public string WrongSecond(string a, string b) => a + b;
    public T Generic<T>(T value) => value;
    public string Wrapped(string input)
    {
        try
        {
            return Failing(input);
        }
        catch (Exception error)
        {
            throw new InvalidOperationException("outer", error);
        }
    }
    static string Failing(string input) => throw new FormatException("inner: " + input);
    public Task<string> Aggregate() => throw new AggregateException("several", new ArgumentException("one"), new FormatException("two"));
    public object[] About(ILambdaContext context) =>
    [
        context.Identity.IdentityId, context.ClientContext.Client.AppTitle, context.ClientContext.Environment["locale"], context.TraceId, context.Serializer is DefaultLambdaJsonSerializer,
    ];
    public string Logs(ILambdaContext context)
    {
        Console.WriteLine("a line of {0}", "Console");
        Console.Error.WriteLine("to the other output");
        LambdaLogger.Log("of the static logger");
        LambdaLogger.Log(LogLevel.Warning, "{Count} of {Kind:x} are {@Whole}", 3, 255, new { a = 1 });
        context.Logger.LogInformation("at {place}", "here");
        context.Logger.LogError(new FormatException("broken"), "while {doing}", "reading");
        return "logged";
    }
    public long Heap(Stream input) => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1024 / 1024;
    public string Culture() => $"{System.Globalization.CultureInfo.CurrentCulture.Name} {TimeZoneInfo.Local.BaseUtcOffset} {1234.5m:N}";
}

/// <summary>Registers hooks of SnapStart, and answers which of them were called. FAIL names one that throws.</summary>
public class Hooks
{
    readonly List<string> called = [Environment.GetEnvironmentVariable("AWS_LAMBDA_INITIALIZATION_TYPE") ?? ""];

    public Hooks()
    {
        foreach (var name in new[] { "a", "b" })
        {
            SnapshotRestore.RegisterBeforeSnapshot(() => Call("before " + name));
            SnapshotRestore.RegisterAfterRestore(() => Call("after " + name));
        }
    }

    async ValueTask Call(string hook)
    {
        await Task.Delay(1);
        called.Add(hook);
        if (hook == Environment.GetEnvironmentVariable("FAIL")) throw new InvalidOperationException("as asked: " + hook);
    }

    public List<string> Run() => called;
}

public abstract class Inherited
{
    public string OfTheBase() => GetType().Name;
}

public struct Small
{
    public string Run() => "a struct";
}
