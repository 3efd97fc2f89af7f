package dev.dashboard.support;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * Such a class measures, or takes, what the whole machine has, so no other test may run at the same time. The build runs the classes
 * with this tag in an execution of their own, after the others.
 */
@Tag("alone")
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface Alone {
    /** What it measures or takes. */
    String value();
}
