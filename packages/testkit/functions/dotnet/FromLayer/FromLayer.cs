namespace FromLayer;

public static class Library
{
    public static string Name => "from the layer";
}
