package io.diskless.cluster.rules;

import io.diskless.cluster.conf.Severity;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.operation.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Where a check leaves what it finds. Not thread-safe. */
final class Findings {
    private final Rule rule;
    private List<Finding> found = List.of();

    Findings(Rule rule) {
        this.rule = rule;
    }

    void error(List<EntityId> path, String message, String cause) {
        add(new Finding(rule, Severity.ERROR, path, message, cause, Optional.empty()));
    }

    /** With the thing as it should be. */
    void error(List<EntityId> path, String message, String cause, Entity right) {
        add(new Finding(rule, Severity.ERROR, path, message, cause, Optional.of(new Operation.Put(right))));
    }

    void error(List<EntityId> path, String message, String cause, Operation repair) {
        add(new Finding(rule, Severity.ERROR, path, message, cause, Optional.of(repair)));
    }

    void warning(List<EntityId> path, String message, String cause) {
        add(new Finding(rule, Severity.WARNING, path, message, cause, Optional.empty()));
    }

    /** With the thing as it should be. */
    void warning(List<EntityId> path, String message, String cause, Entity right) {
        add(new Finding(rule, Severity.WARNING, path, message, cause, Optional.of(new Operation.Put(right))));
    }

    private void add(Finding finding) {
        // Nearly every check finds nothing, a million times: no list before the first.
        if (found.isEmpty()) {
            found = new ArrayList<>(2);
        }
        found.add(finding);
    }

    List<Finding> list() {
        return found;
    }
}
