package io.diskless.cluster.conf;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The statements of one text. Immutable.
 *
 * <p>The tree holds no text of its own: what is not in a word (blanks, comments, braces, lines that could not be read)
 * stays where it is, in the {@link ConfigText}.
 */
public final class ConfigTree {
    private final ConfigText text;
    private final List<Statement> statements;

    /**
     * Puts a tree together.
     *
     * @param text what the spans of the statements point into
     * @param statements the outermost statements, in order
     */
    public ConfigTree(ConfigText text, List<Statement> statements) {
        this.text = text;
        this.statements = List.copyOf(statements);
    }

    /** {@return what the spans point into} */
    public ConfigText text() {
        return text;
    }

    /** {@return the outermost statements, in order} */
    public List<Statement> statements() {
        return statements;
    }

    /**
     * The outermost statements with a keyword.
     *
     * @param name the keyword, compared exactly
     * @return in order
     */
    public Stream<Statement> all(String name) {
        return statements.stream().filter(statement -> statement.is(name));
    }

    /**
     * The outermost statement with a keyword and a first argument, such as {@code resource store}.
     *
     * @param name the keyword, compared exactly
     * @param argument the first argument, compared exactly
     * @return the first such, or nothing
     */
    public Optional<Statement> find(String name, String argument) {
        return all(name)
                .filter(s -> s.argument(0).filter(argument::equals).isPresent())
                .findFirst();
    }

    /** {@return every statement, a section before what is inside} */
    public List<Statement> flatten() {
        List<Statement> all = new ArrayList<>();
        statements.forEach(statement -> flatten(statement, all));
        return all;
    }

    private static void flatten(Statement statement, List<Statement> into) {
        into.add(statement);
        statement.children().forEach(child -> flatten(child, into));
    }

    /** {@return the file and how many statements it has} */
    @Override
    public String toString() {
        return "ConfigTree[" + text.name() + ", " + statements.size() + " statements]";
    }
}
