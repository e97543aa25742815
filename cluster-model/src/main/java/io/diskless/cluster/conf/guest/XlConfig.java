package io.diskless.cluster.conf.guest;

import io.diskless.cluster.conf.ConfigDocument;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.ConfigTree;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.conf.Span;
import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.conf.Word;
import io.diskless.cluster.conf.internal.Reporter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A guest of Xen's {@code xl}. Immutable.
 *
 * <p>A statement's keyword is the key; its first argument is {@code =} or {@code +=}, the others are the values.
 */
public final class XlConfig implements ConfigDocument {
    private static final Set<String> NUMBERS = Set.of("memory", "maxmem", "vcpus", "maxvcpus");

    private final ConfigTree tree;
    private final List<Diagnostic> diagnostics;
    private final List<XlDisk> disks;

    private XlConfig(ConfigTree tree, List<Diagnostic> diagnostics, List<XlDisk> disks) {
        this.tree = tree;
        this.diagnostics = diagnostics;
        this.disks = List.copyOf(disks);
    }

    /**
     * Reads a guest file.
     *
     * @param text the file
     * @return what was understood, and what is wrong
     */
    public static XlConfig parse(ConfigText text) {
        Reporter reporter = new Reporter(text, "xl");
        ConfigTree tree = new XlParser(reporter).parse();
        List<XlDisk> disks = new ArrayList<>();
        Map<String, Statement> seen = new HashMap<>();
        for (Statement statement : tree.statements()) {
            String key = statement.keyword().value();
            Statement first = seen.putIfAbsent(key, statement);
            if (first != null && statement.argument(0).filter("="::equals).isPresent()) {
                reporter.warning(
                        statement.keyword().span(),
                        "duplicate-key",
                        key + " stands on line " + text.line(first.span().start()) + " too; the last one counts",
                        "one of them");
            }
            if (NUMBERS.contains(key)) {
                statement.arguments().stream()
                        .skip(1)
                        .filter(Word::quoted)
                        .forEach(word -> reporter.warning(
                                word.span(), "quoted-number", key + " is a text, not a number", "a number"));
            } else if (key.equals("disk")) {
                for (Word word :
                        statement.arguments().subList(1, statement.arguments().size())) {
                    XlDisk.read(reporter, word.value(), word.span().start() + 1).ifPresent(disks::add);
                }
            }
        }
        if (!seen.containsKey("name")) {
            reporter.warning(Span.at(0), "no-name", "the guest has no name", "name = \"...\"");
        }
        return new XlConfig(tree, reporter.diagnostics(), disks);
    }

    /**
     * Reads one disk specification that stands alone.
     *
     * @param text the specification; blanks around it do not count
     * @return a document whose only statement is the specification
     */
    public static XlConfig parseDisk(ConfigText text) {
        Reporter reporter = new Reporter(text, "xl");
        String specification = text.text().strip();
        int start = specification.isEmpty() ? 0 : text.text().indexOf(specification);
        Word word = new Word(specification, new Span(start, start + specification.length()), false);
        List<XlDisk> disks =
                XlDisk.read(reporter, specification, start).map(List::of).orElse(List.of());
        Statement statement = new Statement(word, List.of(), word.span(), Optional.empty(), List.of());
        return new XlConfig(new ConfigTree(text, List.of(statement)), reporter.diagnostics(), disks);
    }

    @Override
    public ConfigTree tree() {
        return tree;
    }

    @Override
    public List<Diagnostic> diagnostics() {
        return diagnostics;
    }

    /**
     * The value of a key that is no list.
     *
     * @param key which
     * @return the last value, or nothing
     */
    public Optional<String> value(String key) {
        return tree.all(key).reduce((a, b) -> b).flatMap(s -> s.argument(1));
    }

    /** {@return the disks that could be understood, in order} */
    public List<XlDisk> disks() {
        return disks;
    }

    /** {@return the file and its disks} */
    @Override
    public String toString() {
        return "XlConfig[" + text().name() + ", " + disks + "]";
    }
}
