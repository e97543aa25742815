package io.diskless.cluster.cli;

import java.util.Locale;

/** Constants as words for programs. Stateless. */
final class Words {
    private Words() {}

    /** Such as {@code less-redundancy}. */
    static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
