package io.diskless.cluster.conf.drbd;

import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.ConfigTree;
import io.diskless.cluster.conf.IncludeResolver;
import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.conf.internal.Reporter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** One file that was read, and all files that a file includes. Immutable once loaded, but for its reporter. */
record DrbdFile(ConfigTree tree, Reporter reporter) {
    /** Includes within includes, at most: a bound for files that include themselves. */
    private static final int DEEPEST = 16;

    /** A statement and the file it stands in. */
    record Located(DrbdFile file, Statement statement) {
        int line() {
            return file.tree().text().line(statement.span().start());
        }

        String place() {
            return file.tree().text().name() + ":" + line();
        }
    }

    /** All files in the order they are read, and their outermost statements in the order they count. */
    static final class Loader {
        private final DrbdDialect dialect;
        private final IncludeResolver resolver;
        final List<DrbdFile> files = new ArrayList<>();
        final List<Located> statements = new ArrayList<>();

        Loader(DrbdDialect dialect, IncludeResolver resolver) {
            this.dialect = dialect;
            this.resolver = resolver;
        }

        void load(ConfigText text, int depth) {
            Reporter reporter = new Reporter(text, "drbd");
            DrbdFile file = new DrbdFile(new DrbdParser(reporter, dialect).parse(), reporter);
            files.add(file);
            for (Statement statement : file.tree().statements()) {
                if (statement.is("include") && !statement.arguments().isEmpty()) {
                    include(file, statement, depth);
                } else {
                    statements.add(new Located(file, statement));
                }
            }
        }

        private void include(DrbdFile file, Statement statement, int depth) {
            String pattern = statement.arguments().get(0).value();
            Reporter reporter = file.reporter();
            if (depth == DEEPEST) {
                reporter.error(
                        statement.span(), "include-depth", "more than " + DEEPEST + " files within each other", "");
                return;
            }
            try {
                List<ConfigText> found = resolver.resolve(file.tree().text().name(), pattern);
                if (found.isEmpty() && pattern.indexOf('*') < 0 && pattern.indexOf('?') < 0) {
                    reporter.error(
                            statement.arguments().get(0).span(),
                            "include-missing",
                            "there is no file " + pattern,
                            "a file, or a pattern, which may match none");
                }
                for (ConfigText text : found) {
                    load(text, depth + 1);
                }
            } catch (IOException e) {
                reporter.error(
                        statement.arguments().get(0).span(),
                        "include-unreadable",
                        pattern + " cannot be read: " + e.getMessage(),
                        "a readable file");
            }
        }
    }
}
