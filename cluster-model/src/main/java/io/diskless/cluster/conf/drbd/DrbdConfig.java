package io.diskless.cluster.conf.drbd;

import io.diskless.cluster.conf.ConfigDocument;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.ConfigTree;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.conf.IncludeResolver;
import io.diskless.cluster.conf.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A drbd.conf with the files it includes. Immutable.
 *
 * <p>Reading never fails: what is wrong is in {@link #diagnostics()}, and the typed view holds what could be understood.
 * {@link #isAccepted()} is the verdict of that dialect's {@code drbdadm}; warnings are what it lets through although the
 * kernel or the data would suffer.
 */
public final class DrbdConfig implements ConfigDocument {
    private final DrbdDialect dialect;
    private final List<DrbdFile> files;
    private final List<DrbdResourceConfig> resources;
    private final Optional<Statement> global;
    private final List<Diagnostic> diagnostics;

    private DrbdConfig(DrbdDialect dialect, DrbdFile.Loader loaded) {
        this.dialect = dialect;
        this.files = List.copyOf(loaded.files);
        this.global = first(loaded, "global");
        DrbdModel model = new DrbdModel(dialect, first(loaded, "common"));
        List<DrbdResourceConfig> found = new ArrayList<>();
        List<DrbdFile.Located> where = new ArrayList<>();
        for (DrbdFile.Located located : loaded.statements) {
            if (located.statement().is("resource") && located.statement().body().isPresent()) {
                found.add(model.resource(located));
                where.add(located);
            }
        }
        this.resources = List.copyOf(found);
        new DrbdChecks(dialect, loaded.statements, where, resources).run();
        this.diagnostics =
                files.stream().flatMap(f -> f.reporter().diagnostics().stream()).toList();
    }

    /**
     * Reads a text that includes nothing; an include of a plain file is an error then.
     *
     * @param text the file
     * @param dialect in which dialect
     * @return what was understood, and what is wrong
     */
    public static DrbdConfig parse(ConfigText text, DrbdDialect dialect) {
        return parse(text, dialect, IncludeResolver.none());
    }

    /**
     * Reads a text and what it includes.
     *
     * @param text the file
     * @param dialect in which dialect
     * @param resolver finds the included files
     * @return what was understood, and what is wrong
     */
    public static DrbdConfig parse(ConfigText text, DrbdDialect dialect, IncludeResolver resolver) {
        DrbdFile.Loader loader = new DrbdFile.Loader(dialect, resolver);
        loader.load(text, 0);
        return new DrbdConfig(dialect, loader);
    }

    /**
     * Reads a text in the dialect it was probably written in: 8.3 if it has a {@code syncer} section that 8.3 accepts,
     * else 8.4, 9 or 8.3, whichever accepts it first, else the one with the fewest errors.
     *
     * @param text the file
     * @param resolver finds the included files
     * @return what was understood, and what is wrong
     */
    public static DrbdConfig parse(ConfigText text, IncludeResolver resolver) {
        DrbdConfig old = parse(text, DrbdDialect.V8_3, resolver);
        boolean syncer =
                old.files.stream().anyMatch(f -> f.tree().flatten().stream().anyMatch(s -> s.is("syncer")));
        if (syncer && old.isAccepted()) {
            return old;
        }
        DrbdConfig best = parse(text, DrbdDialect.V8_4, resolver);
        for (DrbdConfig other : List.of(parse(text, DrbdDialect.V9, resolver), old)) {
            if (other.errors() < best.errors()) {
                best = other;
            }
        }
        return best;
    }

    private long errors() {
        return diagnostics.stream().filter(Diagnostic::isError).count();
    }

    private static Optional<Statement> first(DrbdFile.Loader loaded, String keyword) {
        return loaded.statements.stream()
                .map(DrbdFile.Located::statement)
                .filter(s -> s.is(keyword))
                .findFirst();
    }

    /** {@return the dialect it was read in} */
    public DrbdDialect dialect() {
        return dialect;
    }

    @Override
    public ConfigTree tree() {
        return files.get(0).tree();
    }

    /** {@return the trees of this file and of all it includes, in the order they are read} */
    public List<ConfigTree> trees() {
        return files.stream().map(DrbdFile::tree).toList();
    }

    @Override
    public List<Diagnostic> diagnostics() {
        return diagnostics;
    }

    /** {@return the resources in the order of the files; where a name stands twice, both} */
    public List<DrbdResourceConfig> resources() {
        return resources;
    }

    /**
     * A resource by name.
     *
     * @param name which
     * @return the first of that name, or nothing
     */
    public Optional<DrbdResourceConfig> resource(String name) {
        return resources.stream().filter(r -> r.name().equals(name)).findFirst();
    }

    /** {@return the options of section {@code global}} */
    public DrbdSettings global() {
        DrbdSettings none = DrbdSettings.none(dialect, "global");
        return global.map(g -> none.andOptions(g)).orElse(none);
    }

    /** {@return dialect and resources; never a secret} */
    @Override
    public String toString() {
        return "DrbdConfig[" + text().name() + ", " + dialect.release() + ", " + resources + "]";
    }
}
