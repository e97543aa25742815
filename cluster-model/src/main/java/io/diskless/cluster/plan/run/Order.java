package io.diskless.cluster.plan.run;

import io.diskless.cluster.plan.Step;
import java.util.Objects;

/**
 * What an executor is asked to do. Immutable.
 *
 * @param key what the step is called for ever; asked twice under one key, an executor does it once
 * @param step what is to be done
 * @param token fencing token of whoever asks; an executor that has seen a higher one refuses
 */
public record Order(String key, Step step, long token) {
    /** Insists on all. */
    public Order {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(step, "step");
    }
}
