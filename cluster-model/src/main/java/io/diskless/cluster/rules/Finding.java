package io.diskless.cluster.rules;

import io.diskless.cluster.conf.Severity;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.operation.Operation;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A rule that does not hold somewhere. Immutable.
 *
 * @param rule which
 * @param severity whether the site must not be like this, or should not
 * @param path what it is about and how it is reached, the most concerned first; empty if it is the site as a whole
 * @param message what is wrong, with the values that show it
 * @param cause why that matters, or what follows from it
 * @param repair what would make it right; empty where that is not certain
 */
public record Finding(
        Rule rule, Severity severity, List<EntityId> path, String message, String cause, Optional<Operation> repair) {
    /** Copies the path. */
    public Finding {
        Objects.requireNonNull(rule, "rule");
        Objects.requireNonNull(severity, "severity");
        Objects.requireNonNull(message, "message");
        Objects.requireNonNull(cause, "cause");
        Objects.requireNonNull(repair, "repair");
        path = List.copyOf(path);
    }

    /** {@return whether the site must not be like this} */
    public boolean isError() {
        return severity == Severity.ERROR;
    }

    /** {@return one line as compilers print it: path, severity, message, cause and rule} */
    @Override
    public String toString() {
        String place =
                path.isEmpty() ? "site" : path.stream().map(EntityId::toString).collect(Collectors.joining(" > "));
        return place + ": " + (isError() ? "error" : "warning") + ": " + message + "; " + cause + " [" + rule.number()
                + " " + rule.id() + "]";
    }
}
