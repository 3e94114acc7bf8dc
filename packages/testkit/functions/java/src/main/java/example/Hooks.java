package example;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.ArrayList;
import java.util.List;
import org.crac.Core;
import org.crac.Resource;

/** Registers hooks of SnapStart, and answers which of them were called. FAIL names one that throws. */
public class Hooks implements RequestHandler<Object, List<String>> {
    /** The context keeps weak references. */
    private final List<Resource> registered = new ArrayList<>();

    private final List<String> called = new ArrayList<>();

    public Hooks() {
        called.add(System.getenv("AWS_LAMBDA_INITIALIZATION_TYPE"));
        register("a");
        register("b");
    }

    private void register(String name) {
        Resource resource = new Resource() {
            @Override
            public void beforeCheckpoint(org.crac.Context<? extends Resource> context) {
                call("before " + name);
            }

            @Override
            public void afterRestore(org.crac.Context<? extends Resource> context) {
                call("after " + name);
            }
        };
        registered.add(resource);
        Core.getGlobalContext().register(resource);
    }

    private void call(String hook) {
        called.add(hook);
        if (hook.equals(System.getenv("FAIL"))) throw new IllegalStateException("as asked: " + hook);
    }

    @Override
    public List<String> handleRequest(Object event, Context context) {
        return called;
    }
}
