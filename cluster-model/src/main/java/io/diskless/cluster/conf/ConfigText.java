package io.diskless.cluster.conf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * The text of one configuration file, exactly as it is: line ends, tabs, a byte-order mark, a missing final newline are
 * kept. Immutable.
 *
 * <p>A line ends with LF, CR LF, or a CR alone.
 */
public final class ConfigText {
    private final String name;
    private final String text;
    private final Charset charset;
    /** Offset of each line's first character. */
    private final int[] starts;

    private ConfigText(String name, String text, Charset charset) {
        this.name = Objects.requireNonNull(name, "name");
        this.text = Objects.requireNonNull(text, "text");
        this.charset = charset;
        this.starts = starts(text);
    }

    /**
     * A text that is already characters; written as UTF-8.
     *
     * @param name what positions call the file
     * @param text its content
     * @return the text
     */
    public static ConfigText of(String name, String text) {
        return new ConfigText(name, text, StandardCharsets.UTF_8);
    }

    /**
     * The text of a file's bytes: UTF-8, or where the bytes are not that, one character for each byte (ISO 8859-1), so
     * that {@link #bytes()} gives the same bytes back in both cases.
     *
     * @param name what positions call the file
     * @param bytes its content
     * @return the text
     */
    public static ConfigText decode(String name, byte[] bytes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return new ConfigText(name, text, StandardCharsets.UTF_8);
        } catch (CharacterCodingException notUtf8) {
            return new ConfigText(name, new String(bytes, StandardCharsets.ISO_8859_1), StandardCharsets.ISO_8859_1);
        }
    }

    /**
     * The text of a file.
     *
     * @param file what to read; its path is the name in positions
     * @return the text
     * @throws IOException if the file cannot be read
     */
    public static ConfigText read(Path file) throws IOException {
        return decode(file.toString(), Files.readAllBytes(file));
    }

    /** {@return what positions call the file} */
    public String name() {
        return name;
    }

    /** {@return all characters} */
    public String text() {
        return text;
    }

    /** {@return UTF-8, or ISO 8859-1 for a file that was not UTF-8} */
    public Charset charset() {
        return charset;
    }

    /** {@return the file's bytes; those it was decoded from, if it was} */
    public byte[] bytes() {
        return text.getBytes(charset);
    }

    /** {@return how many characters there are} */
    public int length() {
        return text.length();
    }

    /**
     * The characters of a span.
     *
     * @param span within the text
     * @return what stands there
     */
    public String slice(Span span) {
        return text.substring(span.start(), span.end());
    }

    /** {@return how many lines there are; a final line end starts no new one} */
    public int lineCount() {
        return starts.length;
    }

    /**
     * The line that a character is on.
     *
     * @param offset 0 to the length; the length itself is on the last line
     * @return from 1
     */
    public int line(int offset) {
        int index = Arrays.binarySearch(starts, offset);
        return index >= 0 ? index + 1 : -index - 1;
    }

    /**
     * A line with its line end.
     *
     * @param line from 1
     * @return the span up to the next line's start
     */
    public Span lineSpan(int line) {
        return new Span(starts[line - 1], line < starts.length ? starts[line] : text.length());
    }

    /**
     * A line without its line end.
     *
     * @param line from 1
     * @return its span
     */
    public Span lineBody(int line) {
        Span whole = lineSpan(line);
        int end = whole.end();
        while (end > whole.start() && (text.charAt(end - 1) == '\n' || text.charAt(end - 1) == '\r')) {
            end--;
        }
        return new Span(whole.start(), end);
    }

    /**
     * Where an editor shows a character.
     *
     * @param offset 0 to the length
     * @return file, line and column
     */
    public Position position(int offset) {
        int line = line(offset);
        return new Position(name, line, text.codePointCount(starts[line - 1], offset) + 1);
    }

    /** {@return the line end of the first line, or LF if there is only one} */
    public String lineSeparator() {
        Span first = lineSpan(1);
        String end = slice(new Span(lineBody(1).end(), first.end()));
        return end.isEmpty() ? "\n" : end;
    }

    /**
     * This text with some stretches replaced; everything else stays as it is.
     *
     * @param edits in any order; they must not overlap, and insertions at one place keep their order
     * @return a new text of the same name and character set; UTF-8 if that set lacks a new character
     * @throws IllegalArgumentException if two edits overlap or one is out of range
     */
    public ConfigText with(List<TextEdit> edits) {
        List<TextEdit> sorted = new ArrayList<>(edits);
        sorted.sort(Comparator.comparingInt((TextEdit e) -> e.span().start())
                .thenComparingInt(e -> e.span().end()));
        StringBuilder out = new StringBuilder(text.length() + 64);
        int done = 0;
        for (TextEdit edit : sorted) {
            if (edit.span().start() < done || edit.span().end() > text.length()) {
                throw new IllegalArgumentException("edits of " + name + " overlap or leave the text: " + edit);
            }
            out.append(text, done, edit.span().start()).append(edit.replacement());
            done = edit.span().end();
        }
        String changed = out.append(text, done, text.length()).toString();
        return new ConfigText(
                name, changed, charset.newEncoder().canEncode(changed) ? charset : StandardCharsets.UTF_8);
    }

    /**
     * This text with every certain correction applied. A finding's repair is applied whole or, where it touches an
     * earlier one, not at all; read the result again to find what is left.
     *
     * @param diagnostics findings, of which only those of this file with a repair count
     * @return the corrected text; this one if there is nothing to correct
     */
    public ConfigText repaired(List<Diagnostic> diagnostics) {
        List<TextEdit> taken = new ArrayList<>();
        for (Diagnostic diagnostic : diagnostics) {
            boolean free = diagnostic.position().file().equals(name)
                    && diagnostic.repair().stream()
                            .noneMatch(edit -> taken.stream().anyMatch(t -> touches(t, edit)));
            if (free) {
                taken.addAll(diagnostic.repair());
            }
        }
        return taken.isEmpty() ? this : with(taken);
    }

    private static boolean touches(TextEdit a, TextEdit b) {
        return a.span().start() <= b.span().end()
                && b.span().start() <= a.span().end();
    }

    private static int[] starts(String text) {
        int[] starts = new int[16];
        int count = 1;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean ends = c == '\n' || (c == '\r' && (i + 1 == text.length() || text.charAt(i + 1) != '\n'));
            if (ends && i + 1 < text.length()) {
                if (count == starts.length) {
                    starts = Arrays.copyOf(starts, count * 2);
                }
                starts[count++] = i + 1;
            }
        }
        return Arrays.copyOf(starts, count);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ConfigText that
                && name.equals(that.name)
                && text.equals(that.text)
                && charset.equals(that.charset);
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + text.hashCode();
    }

    /** {@return name and size; never the text, which may hold secrets} */
    @Override
    public String toString() {
        return "ConfigText[" + name + ", " + text.length() + " characters]";
    }
}
