package io.diskless.cluster.testkit.peer;

import java.lang.reflect.AnnotatedElement;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Decides {@link RequiresPeer} and {@link RequiresNetworkNamespace}. Immutable. */
final class Requirements implements ExecutionCondition {

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        Optional<String> why = context.getElement().flatMap(Requirements::whyNot);
        return decide(why, "true".equals(System.getenv("CI")));
    }

    /** A missing requirement is a skip on a laptop; in CI it is a failure, which a condition states by throwing. */
    static ConditionEvaluationResult decide(Optional<String> why, boolean ci) {
        if (why.isEmpty()) {
            return ConditionEvaluationResult.enabled("everything that is required is there");
        }
        if (ci) {
            throw new IllegalStateException("CI=true, and " + why.get());
        }
        return ConditionEvaluationResult.disabled(why.get());
    }

    private static Optional<String> whyNot(AnnotatedElement element) {
        if (AnnotationSupport.isAnnotated(element, RequiresNetworkNamespace.class)) {
            Optional<String> why = Netns.whyNot(System.getProperty("diskless.netns"), reason());
            if (why.isPresent()) {
                return why;
            }
        }
        return AnnotationSupport.findAnnotation(element, RequiresPeer.class)
                .flatMap(peers -> Peers.whyNot(List.of(peers.value())));
    }

    private static String reason() {
        return System.getProperty("diskless.netns.reason", "no reason given");
    }
}
