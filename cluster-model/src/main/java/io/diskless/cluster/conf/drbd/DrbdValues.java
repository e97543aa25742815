package io.diskless.cluster.conf.drbd;

import io.diskless.cluster.conf.Span;
import io.diskless.cluster.conf.TextEdit;
import io.diskless.cluster.conf.Word;
import io.diskless.cluster.conf.internal.Reporter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Looks at the values of statements and options, one at a time. A secret's text never gets into a finding. */
final class DrbdValues {
    /** The 9 parser refuses longer texts in net; the kernel keeps 64 bytes with the end mark. */
    private static final int LONGEST_TEXT_9 = 63;

    private static final Set<String> NEGATABLE_8_4 =
            Set.of("disk-barrier", "disk-flushes", "disk-drain", "md-flushes", "tcp-cork");

    private static final Pattern LONG_UNIT = Pattern.compile("([0-9]+[kKmMgG])i?[bB]");

    private final Reporter reporter;
    private final DrbdDialect dialect;

    DrbdValues(Reporter reporter, DrbdDialect dialect) {
        this.reporter = reporter;
        this.dialect = dialect;
    }

    // ---- sections and statements ---------------------------------------------------------------------------------

    void sectionArguments(Word keyword, List<Word> arguments, DrbdGrammar inner) {
        Span end = Span.at(keyword.span().end());
        switch (keyword.value()) {
            case "resource", "stacked-on-top-of" -> {
                if (arguments.isEmpty()) {
                    reporter.error(end, "missing-name", keyword.value() + " has no name", "a name");
                } else if (arguments.size() > 1) {
                    reporter.error(arguments.get(1).span(), "missing-brace", "a second name", "{");
                }
                arguments.forEach(this::notANumber);
            }
            case "on" -> {
                if (arguments.isEmpty()) {
                    reporter.error(end, "missing-name", "no host is named", "a host name");
                }
                arguments.forEach(this::notANumber);
            }
            case "volume" -> {
                if (arguments.size() != 1 || !isNumber(arguments.get(0).value())) {
                    reporter.error(
                            arguments.isEmpty() ? end : arguments.get(0).span(),
                            "volume-number",
                            "a volume has a number",
                            "a number from 0 to 65535");
                } else if (number(arguments.get(0).value()) > DrbdVolumeConfig.HIGHEST) {
                    reporter.warning(
                            arguments.get(0).span(),
                            "volume-number",
                            "the kernel knows no volume " + arguments.get(0).value(),
                            "a number from 0 to 65535");
                }
            }
            case "floating" -> {
                if (arguments.isEmpty()) {
                    reporter.error(end, "missing-address", "floating has no address", "an address");
                } else {
                    address(arguments);
                }
            }
            case "connection", "proxy", "plugin" -> {}
            default -> {
                if (!arguments.isEmpty() && inner != DrbdGrammar.FREE) {
                    reporter.error(arguments.get(0).span(), "missing-brace", keyword.value() + " has no name", "{");
                }
            }
        }
    }

    void statement(Word keyword, List<Word> arguments) {
        Span end = Span.at(keyword.span().end());
        String name = keyword.value();
        if (arguments.isEmpty()) {
            if (!name.equals("inside") && !name.equals("outside")) {
                reporter.error(end, "missing-value", name + " has no value", expectation(name));
            }
            return;
        }
        Word first = arguments.get(0);
        switch (name) {
            case "protocol" -> protocol(first);
            case "device" -> device(arguments);
            case "address", "inside", "outside" -> address(arguments);
            case "meta-disk" -> metaDisk(arguments);
            case "node-id" -> {
                if (!isNumber(first.value())) {
                    reporter.error(first.span(), "node-id", "a node id is a number", "a number from 0 to 31");
                } else if (number(first.value()) > DrbdHostConfig.HIGHEST_NODE_ID) {
                    reporter.warning(
                            first.span(),
                            "node-id",
                            "the kernel knows no node " + first.value(),
                            "a number from 0 to 31");
                }
            }
            default -> {}
        }
    }

    private static String expectation(String name) {
        return switch (name) {
            case "protocol" -> "A, B or C";
            case "device" -> "/dev/drbdN";
            case "address" -> "an address and a port";
            default -> "a value";
        };
    }

    private void protocol(Word word) {
        if (!Set.of("A", "B", "C").contains(word.value().toUpperCase(Locale.ROOT))) {
            // The 8.3 parser takes any word here; its kernel does not.
            reporter.report(
                    dialect != DrbdDialect.V8_3, word.span(), "protocol", "there is no such protocol", "A, B or C");
        }
    }

    private void device(List<Word> arguments) {
        Word first = arguments.get(0);
        String minor;
        Span where = first.span();
        if (first.value().equals("minor")) {
            minor = arguments.size() > 1 ? arguments.get(1).value() : "";
        } else {
            String path = first.value();
            if (path.startsWith("/") && !path.startsWith("/dev/drbd")) {
                reporter.error(
                        first.span(), "device-name", "a device of another driver", "a name that starts with /dev/drbd");
                return;
            }
            minor = arguments.size() > 2 ? arguments.get(2).value() : DrbdVolumeConfig.digitsAtEnd(path);
        }
        if (!isNumber(minor)) {
            reporter.error(
                    where, "device-minor", "no minor number is given", "a device such as /dev/drbd0, or minor N");
        } else if (number(minor) > DrbdVolumeConfig.HIGHEST_MINOR) {
            reporter.warning(where, "device-minor", "the kernel has no minor " + minor, "a number from 0 to 1048575");
        }
    }

    private void metaDisk(List<Word> arguments) {
        if (arguments.size() > 1) {
            if (!isNumber(arguments.get(1).value())) {
                reporter.error(arguments.get(1).span(), "meta-disk-index", "an index is a number", "a number");
            }
        } else if (dialect == DrbdDialect.V8_3 && !arguments.get(0).value().equals("internal")) {
            reporter.error(Span.at(arguments.get(0).span().end()), "meta-disk-index", "8.3 needs an index here", "[0]");
        }
    }

    private void address(List<Word> arguments) {
        Word last = arguments.get(arguments.size() - 1);
        String family = arguments.size() > 1 ? arguments.get(0).value() : "";
        DrbdAddress.problem(family, last.value(), last.quoted()).ifPresent(problem -> {
            Span span = last.span();
            reporter.report(problem.refused(), span, problem.code(), problem.message(), problem.expected());
        });
    }

    private void notANumber(Word word) {
        if (!word.quoted() && isNumber(word.value())) {
            reporter.error(word.span(), "numeric-name", "a name cannot be a number", "a name with a letter");
        } else if (word.value().equals("all")) {
            reporter.warning(word.span(), "name-all", "drbdadm takes \"all\" for every resource", "another name");
        }
    }

    // ---- options -------------------------------------------------------------------------------------------------

    boolean isKnown(DrbdGrammar section, Word keyword) {
        return section == DrbdGrammar.FREE || find(section, keyword).isPresent();
    }

    int mostArguments(DrbdGrammar section, Word keyword) {
        if (section == DrbdGrammar.FREE) {
            return Integer.MAX_VALUE;
        }
        return find(section, keyword)
                        .filter(o -> o.type() == DrbdOption.Type.HOSTS)
                        .isPresent()
                ? Integer.MAX_VALUE
                : 1;
    }

    private Optional<DrbdOption> find(DrbdGrammar section, Word keyword) {
        DrbdOptionTable table = DrbdOptionTable.INSTANCE;
        String name = keyword.value();
        Optional<DrbdOption> option = table.find(dialect, section.section(), name);
        if (option.isEmpty() && name.startsWith("no-")) {
            option = table.find(dialect, section.section(), name.substring(3))
                    .filter(o -> o.type() == DrbdOption.Type.BOOLEAN)
                    .filter(o -> dialect == DrbdDialect.V9 || NEGATABLE_8_4.contains(o.name()));
        }
        return option;
    }

    void option(DrbdGrammar section, Word keyword, List<Word> arguments) {
        Optional<DrbdOption> known = find(section, keyword);
        if (known.isEmpty()) {
            return;
        }
        DrbdOption option = known.get();
        boolean negated = !option.name().equals(keyword.value());
        if (option.type() == DrbdOption.Type.BOOLEAN || option.type() == DrbdOption.Type.FLAG) {
            flag(option, negated, arguments);
        } else if (arguments.isEmpty()) {
            // The 9 parser takes an option without its value and does nothing.
            reporter.report(
                    dialect != DrbdDialect.V9 || option.type() == DrbdOption.Type.HOSTS,
                    Span.at(keyword.span().end()),
                    "missing-value",
                    option.name() + " has no value",
                    option.expectation());
        } else {
            value(option, arguments.get(0));
        }
    }

    private void flag(DrbdOption option, boolean negated, List<Word> arguments) {
        if (arguments.isEmpty()) {
            return;
        }
        Word word = arguments.get(0);
        boolean right = (word.value().equals("yes") || word.value().equals("no"))
                && option.type() == DrbdOption.Type.BOOLEAN
                && dialect != DrbdDialect.V8_3
                && (dialect == DrbdDialect.V9 || (!negated && !word.quoted()));
        if (!right) {
            reporter.error(
                    word.span(),
                    "boolean",
                    "no value for " + option.name(),
                    negated ? "no value" : option.expectation());
        }
    }

    private void value(DrbdOption option, Word word) {
        switch (option.type()) {
            case KEYWORD -> {
                if (option.keyword(word.value()).isEmpty()) {
                    reporter.report(
                            option.isRead(),
                            word.span(),
                            "keyword",
                            "no value for " + option.name(),
                            option.expectation());
                }
            }
            case NUMBER -> number(option, word);
            case NUMBER_OR_KEYWORD -> {
                if (option.keyword(word.value()).isEmpty()) {
                    number(option, word);
                }
            }
            case STRING -> {
                int bytes = word.value().getBytes(StandardCharsets.UTF_8).length;
                if (bytes > LONGEST_TEXT_9 && !option.section().equals("handlers")) {
                    reporter.report(
                            dialect == DrbdDialect.V9,
                            word.span(),
                            "text-too-long",
                            option.name() + " of " + bytes + " bytes",
                            "at most " + LONGEST_TEXT_9 + " bytes");
                }
            }
            default -> {}
        }
    }

    private void number(DrbdOption option, Word word) {
        if (option.name().equals("resync-after") || option.name().equals("after")) {
            return; // Written as the name of a resource.
        }
        OptionalLong number = option.number(word.value());
        if (number.isEmpty() || word.value().startsWith("-")) {
            reporter.report(
                    option.isRead(),
                    word.span(),
                    "number",
                    "\"" + word.value() + "\" is no number",
                    option.expectation(),
                    unitRepair(option, word));
        } else if (number.getAsLong() < option.min() || number.getAsLong() > option.max()) {
            boolean clamped = option.name().equals("al-extents") && dialect != DrbdDialect.V8_3;
            reporter.report(
                    !clamped && option.isRead(),
                    word.span(),
                    "range",
                    option.name() + " " + word.value() + " is out of range"
                            + (clamped ? ": the tool uses the nearest it can" : ""),
                    option.expectation());
        }
    }

    /** {@code 512KB} and {@code 512KiB} can only mean {@code 512K}. */
    private static TextEdit[] unitRepair(DrbdOption option, Word word) {
        Matcher matcher = LONG_UNIT.matcher(word.value());
        return matcher.matches() && option.number(matcher.group(1)).isPresent()
                ? new TextEdit[] {TextEdit.replace(word.span(), matcher.group(1))}
                : new TextEdit[0];
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.length() <= 18 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static long number(String text) {
        return Long.parseLong(text);
    }
}
