package io.diskless.cluster.conf;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One statement of a configuration file: a keyword, its arguments, and, for a section, the statements inside. Immutable.
 *
 * <p>What a keyword and an argument are depends on the language: {@code timeout 60;} in drbd.conf,
 * {@code number = 0} in cluster.conf, {@code node:} with its parameters.
 */
public final class Statement {
    private final Word keyword;
    private final List<Word> arguments;
    private final List<Statement> children;
    private final Span span;
    private final Optional<Span> body;

    /**
     * Puts a statement together.
     *
     * @param keyword its first word
     * @param arguments the words after it, up to the end of the statement or the opening of its body
     * @param span the whole statement, its end mark or closing brace included
     * @param body the inside of its body without the braces, or nothing if it is no section
     * @param children the statements in the body, in order
     */
    public Statement(Word keyword, List<Word> arguments, Span span, Optional<Span> body, List<Statement> children) {
        this.keyword = keyword;
        this.arguments = List.copyOf(arguments);
        this.span = span;
        this.body = body;
        this.children = List.copyOf(children);
    }

    /** {@return its first word} */
    public Word keyword() {
        return keyword;
    }

    /** {@return the words after the keyword} */
    public List<Word> arguments() {
        return arguments;
    }

    /**
     * An argument's value.
     *
     * @param index from 0
     * @return its value, or nothing if there are not so many
     */
    public Optional<String> argument(int index) {
        return index < arguments.size() ? Optional.of(arguments.get(index).value()) : Optional.empty();
    }

    /** {@return the whole statement, its end mark or closing brace included} */
    public Span span() {
        return span;
    }

    /** {@return the inside of a section without its braces, or nothing if this is no section} */
    public Optional<Span> body() {
        return body;
    }

    /** {@return the statements of a section, in order; empty for a plain statement} */
    public List<Statement> children() {
        return children;
    }

    /**
     * Whether this is a statement of that keyword.
     *
     * @param name the keyword, compared exactly
     * @return true if the keyword is equal
     */
    public boolean is(String name) {
        return keyword.value().equals(name);
    }

    /**
     * The statements inside with a keyword.
     *
     * @param name the keyword, compared exactly
     * @return in order; empty if there is none
     */
    public Stream<Statement> all(String name) {
        return children.stream().filter(child -> child.is(name));
    }

    /**
     * The last statement inside with a keyword: where a keyword stands twice, the last one counts.
     *
     * @param name the keyword, compared exactly
     * @return the last one, or nothing
     */
    public Optional<Statement> last(String name) {
        return all(name).reduce((a, b) -> b);
    }

    /** {@return keyword and place; never the arguments, which may be secrets} */
    @Override
    public String toString() {
        return "Statement[" + keyword.value() + " " + span.start() + ".." + span.end() + "]";
    }
}
