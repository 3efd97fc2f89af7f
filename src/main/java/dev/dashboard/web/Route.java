package dev.dashboard.web;

import dev.dashboard.auth.Rule;
import io.helidon.http.Method;

/**
 * One row of the table of routes. There is no way to write one without saying who may use it.
 *
 * @param path pattern, with {@code {name}} for parameters
 * @param bodyLimit bytes; 0 for none
 */
public record Route(Method method, String path, Rule rule, int bodyLimit, Action action) {

    /** What a route does; answers through the call or throws. */
    @FunctionalInterface
    public interface Action {
        void handle(Call call) throws Exception;
    }

    public static Route get(String path, Rule rule, Action action) {
        return new Route(Method.GET, path, rule, 0, action);
    }

    public static Route post(String path, Rule rule, int bodyLimit, Action action) {
        return new Route(Method.POST, path, rule, bodyLimit, action);
    }

    public static Route patch(String path, Rule rule, int bodyLimit, Action action) {
        return new Route(Method.PATCH, path, rule, bodyLimit, action);
    }

    public static Route delete(String path, Rule rule, Action action) {
        return new Route(Method.DELETE, path, rule, 0, action);
    }

    public static Route put(String path, Rule rule, int bodyLimit, Action action) {
        return new Route(Method.PUT, path, rule, bodyLimit, action);
    }

    /** Method and pattern. */
    String name() {
        return method.text() + " " + path;
    }

    boolean writes() {
        return method != Method.GET && method != Method.HEAD;
    }
}
