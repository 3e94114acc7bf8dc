using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace Hearth;

/// <summary>What AWS's runtime calls an error in how a function was made: its name is the error's type.</summary>
sealed class LambdaValidationException(string message) : Exception(message) { }

/// <summary>A function's handler, `Assembly::Namespace.Type::Method`, with its instance and its serializer.</summary>
sealed class Handler
{
    const string Form = "The valid format is 'ASSEMBLY::TYPE::METHOD'.";
    const BindingFlags Members = BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    readonly HandlerCall call;

    Handler(HandlerCall call) => this.call = call;

    public ReadOnlySpan<byte> Invoke(Answer request) => call.Invoke(request);

    /// <summary>Fails with AWS's words for what is wrong.</summary>
    public static Handler Load(string handler)
    {
        var (assemblyName, typeName, methodName) = Parse(handler);
        LambdaCore.Watch();
        Frameworks.FindAssembliesIn(Environment.GetEnvironmentVariable("LAMBDA_TASK_ROOT") ?? "/var/task", assemblyName);
        var assembly = LoadAssembly(assemblyName);
        var type = assembly.GetType(typeName) ?? throw Invalid($"Unable to load type '{typeName}' from assembly '{assemblyName}'.");
        var method = FindMethod(type, methodName, typeName, assemblyName);
        Validate(method);
        var instance = Construct(type, method);
        var serializer = Serializer.Of(method, assembly);
        return new Handler(new HandlerCall(method, instance, serializer, typeName, assembly));
    }

    public static LambdaValidationException Invalid(string message) => new(message);

    static (string Assembly, string Type, string Method) Parse(string handler)
    {
        if (handler.Length == 0) throw Invalid($"Empty lambda function handler. {Form}");
        var parts = handler.Split("::", 3);
        if (parts.Length != 3) throw Invalid($"Invalid lambda function handler: '{handler}'. {Form}");
        var missing = new[] { "assembly", "type", "method" }.Where((_, at) => parts[at].Trim().Length == 0).FirstOrDefault();
        if (missing is not null) throw Invalid($"Invalid lambda function handler: '{handler}', the {missing} is missing. {Form}");
        return (parts[0].Trim(), parts[1].Trim(), parts[2].Trim());
    }

    static Assembly LoadAssembly(string name)
    {
        try
        {
            return AssemblyLoadContext.Default.LoadFromAssemblyName(new AssemblyName(name));
        }
        catch (FileNotFoundException error)
        {
            throw Invalid($"Could not find the specified handler assembly with the file name '{error.FileName}'. The assembly should be located in the root of your uploaded .zip file.");
        }
        catch (Exception error) when (error is FileLoadException or BadImageFormatException or ArgumentException)
        {
            throw Invalid($"Unable to load assembly '{name}'.");
        }
    }

    /// <summary>By its name, or by its whole signature where a name has several methods; a base class may have it.</summary>
    static MethodInfo FindMethod(Type type, string name, string typeName, string assemblyName)
    {
        for (var at = type; at is not null; at = at.BaseType)
        {
            var named = at.GetMethods(Members).Where(method => method.Name == name).ToList();
            if (named.Count == 1) return named[0];
            if (named.Count > 1)
                throw Invalid($"The method '{name}' in type '{at.FullName}' appears to have a number of overloads. To call this method please specify a complete method signature. Possible candidates are:\n{string.Join("\n", named)}.");
        }
        for (var at = type; at is not null; at = at.BaseType)
        {
            var signed = at.GetMethods(Members).FirstOrDefault(method => method.ToString() == name);
            if (signed is not null) return signed;
        }
        throw Invalid($"Unable to find method '{name}' in type '{typeName}' from assembly '{assemblyName}': Found no methods matching method name '{name}'.");
    }

    static void Validate(MethodInfo method)
    {
        if (method.IsAbstract)
            throw Invalid($"The method '{method}' cannot be used as a Lambda Handler because it is an abstract method. Handler methods cannot be abstract. Please specify a non-abstract handler method.");
        if (method.IsGenericMethod)
            throw Invalid($"The method '{method}' cannot be used as a Lambda Handler because it is a generic method. Handler methods cannot be generic. Please specify a non-generic handler method.");
        if (method.ReturnType == typeof(void) && method.GetCustomAttribute<AsyncStateMachineAttribute>() is not null)
            throw Invalid($"The method '{method}' cannot be used as a Lambda Handler because it is an 'async void' method. Handler methods cannot be 'async void'. Please specify a method that is not 'async void'.");
        if (method.GetParameters().LastOrDefault()?.GetCustomAttribute<ParamArrayAttribute>() is not null)
            throw Invalid($"The method '{method}' cannot be used as a Lambda Handler because it is a 'params' method. Please specify a method that does not use 'params'.");
        if (method.CallingConvention.HasFlag(CallingConventions.VarArgs))
            throw Invalid($"The method '{method}' cannot be used as a Lambda Handler because it is a 'vararg (variable arguments)' method. Please specify a method that is not 'vararg'.");
    }

    /// <summary>The instance that every invocation uses; for a static method its class is initialised, and there is none.</summary>
    static object? Construct(Type type, MethodInfo method)
    {
        if (type.IsGenericType)
            throw Invalid($"The type '{type.FullName}' cannot be used as a Lambda Handler type because it is generic. Handler methods cannot be located in generic types. Please specify a handler method in a non-generic type.");
        if (!method.IsStatic && type.IsAbstract)
            throw Invalid($"The instance method '{method}' cannot be used as a Lambda Handler because its type '{type.FullName}' is abstract. Please either use a static handler or specify a type that is not abstract.");
        if (!type.IsClass && !(type.IsValueType && !type.IsPrimitive && !type.IsEnum))
            throw Invalid($"The type '{type.FullName}' cannot be used as a handler type since it is not a class or a struct. Please specify a handler method on a class or struct.");
        if (!method.IsStatic) return Activator.CreateInstance(type);
        RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        return null;
    }
}
