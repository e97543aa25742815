package io.diskless.cluster.testkit.peer;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The test makes network interfaces and sends raw frames, so it must run in a network namespace of its own: the JVM was
 * started by {@code .ci/netns/bin/java}. Elsewhere it is skipped with the reason, and fails where the environment says
 * {@code CI=true}.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(Requirements.class)
public @interface RequiresNetworkNamespace {}
