package io.diskless.cluster.simulate;

import java.util.Locale;

/** How things are called in a timeline. Stateless. */
final class Words {
    private Words() {}

    /** {@code TAKEN_BACK} is {@code taken back}. */
    static String of(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
