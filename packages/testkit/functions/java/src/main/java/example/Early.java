package example;

/** Fails when it is constructed. */
public class Early {
    public Early() {
        throw new IllegalArgumentException("too early");
    }

    public String run(Object event) {
        return "never";
    }
}
