package io.diskless.cluster.conf;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Collects edits of one tree and makes the new text. Indentation and line ends follow the neighbours; lines that no edit
 * is about stay as they are, byte for byte. What is inserted is text of the language and is not checked here: read the
 * result. Not thread-safe.
 */
public final class ConfigEditor {
    private static final String ONE_LEVEL = "\t";

    private final ConfigTree tree;
    private final ConfigText text;
    private final List<TextEdit> edits = new ArrayList<>();

    /**
     * An editor with no edits yet.
     *
     * @param tree what to edit; its statements are what the edits name
     */
    public ConfigEditor(ConfigTree tree) {
        this.tree = tree;
        this.text = tree.text();
    }

    /**
     * Replaces one word.
     *
     * @param word of this tree
     * @param replacement the word as it is to be written, quotes included where the language needs them
     * @return this
     */
    public ConfigEditor replace(Word word, String replacement) {
        edits.add(TextEdit.replace(word.span(), replacement));
        return this;
    }

    /**
     * Replaces all arguments of a statement.
     *
     * @param statement of this tree
     * @param replacement what follows the keyword; empty for no argument
     * @return this
     */
    public ConfigEditor replaceArguments(Statement statement, String replacement) {
        List<Word> arguments = statement.arguments();
        int keywordEnd = statement.keyword().span().end();
        if (arguments.isEmpty()) {
            if (!replacement.isEmpty()) {
                edits.add(TextEdit.insert(keywordEnd, " " + replacement));
            }
        } else {
            int start =
                    replacement.isEmpty() ? keywordEnd : arguments.get(0).span().start();
            int end = arguments.get(arguments.size() - 1).span().end();
            edits.add(TextEdit.replace(new Span(start, end), replacement));
        }
        return this;
    }

    /**
     * Removes a statement: with its lines where it has them to itself (a comment after it goes too), else only itself.
     *
     * @param statement of this tree
     * @return this
     */
    public ConfigEditor remove(Statement statement) {
        Span span = statement.span();
        int first = text.line(span.start());
        int last = text.line(Math.max(span.start(), span.end() - 1));
        boolean aloneBefore = isBlank(new Span(text.lineSpan(first).start(), span.start()));
        String after = text.slice(
                new Span(span.end(), Math.max(span.end(), text.lineBody(last).end())));
        if (aloneBefore && (after.isBlank() || after.stripLeading().startsWith("#"))) {
            edits.add(TextEdit.delete(
                    new Span(text.lineSpan(first).start(), text.lineSpan(last).end())));
        } else {
            int start = span.start();
            while (start > text.lineSpan(first).start()
                    && Character.isWhitespace(text.text().charAt(start - 1))) {
                start--;
            }
            edits.add(TextEdit.delete(new Span(start, span.end())));
        }
        return this;
    }

    /**
     * Puts a statement after another one: on lines of its own, indented like it, where the other ends its line.
     *
     * @param sibling of this tree
     * @param statement the new statement's text, without indentation; lines are separated by LF
     * @return this
     */
    public ConfigEditor insertAfter(Statement sibling, String statement) {
        int end = sibling.span().end();
        int line = text.line(Math.max(sibling.span().start(), end - 1));
        Span body = text.lineBody(line);
        String rest = end <= body.end() ? text.slice(new Span(end, body.end())) : "";
        if (rest.isBlank() || rest.stripLeading().startsWith("#")) {
            insertLines(line, indentation(sibling), statement);
        } else {
            edits.add(TextEdit.insert(end, " " + flat(statement)));
        }
        return this;
    }

    /**
     * Puts a statement at the end of a section.
     *
     * @param section of this tree
     * @param statement the new statement's text, without indentation; lines are separated by LF
     * @return this
     * @throws IllegalArgumentException if it is no section
     */
    public ConfigEditor append(Statement section, String statement) {
        Span body = section.body()
                .orElseThrow(() -> new IllegalArgumentException(section + " is a statement without a body"));
        Optional<Statement> last = section.children().stream().reduce((a, b) -> b);
        boolean braces = body.end() < text.length() && text.text().charAt(body.end()) == '}';
        if (last.isPresent()) {
            return insertAfter(last.get(), statement);
        }
        String inner = indentation(section) + ONE_LEVEL;
        if (!braces || text.line(body.end()) > text.line(body.start())) {
            insertLines(text.line(body.start()), inner, statement);
        } else {
            edits.add(TextEdit.replace(body, " " + flat(statement) + " "));
        }
        return this;
    }

    /**
     * Puts a statement at the end of the file, on lines of its own.
     *
     * @param statement the new statement's text; lines are separated by LF
     * @return this
     */
    public ConfigEditor append(String statement) {
        insertLines(text.lineCount(), "", statement);
        return this;
    }

    /** {@return the edits so far} */
    public List<TextEdit> edits() {
        return List.copyOf(edits);
    }

    /**
     * The text with all edits done.
     *
     * @return a new text; this editor and its tree still speak of the old one
     * @throws IllegalArgumentException if two edits overlap
     */
    public ConfigText apply() {
        return tree.text().with(edits);
    }

    private void insertLines(int afterLine, String indentation, String statement) {
        String eol = text.lineSeparator();
        Span line = text.lineSpan(afterLine);
        boolean ended = text.lineBody(afterLine).end() < line.end();
        StringBuilder block = new StringBuilder();
        for (String part : statement.split("\n", -1)) {
            block.append(part.isEmpty() ? "" : indentation).append(part).append(eol);
        }
        String lines = block.toString();
        if (ended || line.length() == 0) {
            edits.add(TextEdit.insert(line.end(), lines));
        } else {
            // A last line without its end stays without one.
            edits.add(TextEdit.insert(line.end(), eol + lines.substring(0, lines.length() - eol.length())));
        }
    }

    private String indentation(Statement statement) {
        Span line = text.lineSpan(text.line(statement.span().start()));
        int end = line.start();
        while (end < statement.span().start() && isBlank(text.text().charAt(end))) {
            end++;
        }
        return text.slice(new Span(line.start(), end));
    }

    private boolean isBlank(Span span) {
        return text.slice(span).isBlank();
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    private static String flat(String statement) {
        return statement.strip().replaceAll("\\s*\n\\s*", " ");
    }
}
