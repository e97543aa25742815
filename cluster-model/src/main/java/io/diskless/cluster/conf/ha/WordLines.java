package io.diskless.cluster.conf.ha;

import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.Span;
import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.conf.Word;
import io.diskless.cluster.conf.internal.Reporter;
import io.diskless.cluster.conf.internal.Typography;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Lines of words, as Heartbeat's files are: {@code #} begins a comment, a backslash at the end continues a line. Stateless. */
final class WordLines {
    private WordLines() {}

    static List<Statement> statements(Reporter reporter) {
        ConfigText text = reporter.text();
        List<Statement> statements = new ArrayList<>();
        List<Word> words = new ArrayList<>();
        for (int line = 1; line <= text.lineCount(); line++) {
            Span body = text.lineBody(line);
            boolean continues = words(reporter, body, words);
            if (!continues || line == text.lineCount()) {
                close(words, statements);
            }
        }
        return statements;
    }

    private static void close(List<Word> words, List<Statement> into) {
        if (!words.isEmpty()) {
            Span span = words.get(0).span().to(words.get(words.size() - 1).span());
            into.add(new Statement(words.get(0), words.subList(1, words.size()), span, Optional.empty(), List.of()));
            words.clear();
        }
    }

    /** Takes the words of a line; whether the next line belongs to it. */
    private static boolean words(Reporter reporter, Span body, List<Word> into) {
        String text = reporter.text().text();
        int at = body.start();
        while (at < body.end() && text.charAt(at) != '#') {
            int start = at;
            while (at < body.end() && !Character.isWhitespace(text.charAt(at)) && text.charAt(at) != '#') {
                at++;
            }
            if (at == start) {
                at++;
                continue;
            }
            Span span = new Span(start, at);
            String word = text.substring(start, at);
            if (word.equals("\\") && at == body.end()) {
                return true;
            }
            boolean continues = word.endsWith("\\") && at == body.end();
            if (continues) {
                span = new Span(start, at - 1);
                word = text.substring(start, at - 1);
            }
            Typography.report(reporter, span);
            into.add(new Word(word, span, false));
            if (continues) {
                return true;
            }
        }
        return false;
    }
}
