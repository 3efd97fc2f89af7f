package dev.dashboard.support;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/** Such a class looks at what all the others have left. The build runs it in an execution of its own, when they are done. */
@Tag("last")
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface Last {}
