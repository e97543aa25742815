package io.diskless.cluster.conf.drbd;

import io.diskless.cluster.conf.ConfigEditor;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.ConfigTree;
import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.conf.TextEdit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A drbd.conf rewritten in a later dialect: what moved is moved, what was renamed is renamed, everything else stays as it
 * is, comments included; only a comment inside a {@code syncer} section goes with it. Immutable.
 *
 * <p>Only what the file says is carried over: where a default differs between releases (8.3 passes I/O errors on, 8.4
 * detaches; the resync controller is on from 8.4) the later one counts. Node ids of 9 are not invented: they are stored
 * in the meta-data, and for two hosts the tool chooses them.
 *
 * @param texts the file and those it includes, in the order they are read
 * @param notes what the later dialect does not know and is left out, as {@code file:line: text}
 */
public record DrbdConversion(List<ConfigText> texts, List<String> notes) {
    private static final Set<String> UNKNOWN_TO_9 =
            Set.of("max-bio-bvecs", "use-bmbv", "unplug-watermark", "ignore-on");

    private static final Map<String, String> RENAMED =
            Map.of("rate", "resync-rate", "after", "resync-after", "outdate-peer", "fence-peer");

    /** Copies the lists. */
    public DrbdConversion {
        texts = List.copyOf(texts);
        notes = List.copyOf(notes);
    }

    /**
     * Converts a file that its own dialect accepts.
     *
     * @param config the file and what it includes
     * @param to the same or a later dialect
     * @return the converted texts; read them again to see that the later dialect accepts them
     * @throws IllegalArgumentException if the dialect is an earlier one
     * @throws io.diskless.cluster.conf.ConfigException if the file has errors
     */
    public static DrbdConversion of(DrbdConfig config, DrbdDialect to) {
        config.requireAccepted();
        if (to.compareTo(config.dialect()) < 0) {
            throw new IllegalArgumentException(
                    "a file of " + config.dialect().release() + " is not converted back to " + to.release());
        }
        List<ConfigText> texts = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        for (ConfigTree tree : config.trees()) {
            texts.add(to == config.dialect() ? tree.text() : new Rewriter(tree, to, notes).rewrite());
        }
        return new DrbdConversion(texts, notes);
    }

    /** Rewrites one tree. */
    private static final class Rewriter {
        private final ConfigTree tree;
        private final DrbdDialect to;
        private final List<String> notes;
        private final ConfigEditor editor;
        private final List<TextEdit> replaced = new ArrayList<>();

        Rewriter(ConfigTree tree, DrbdDialect to, List<String> notes) {
            this.tree = tree;
            this.to = to;
            this.notes = notes;
            this.editor = new ConfigEditor(tree);
        }

        ConfigText rewrite() {
            for (Statement owner : tree.statements()) {
                if (owner.is("resource") || owner.is("common")) {
                    owner(owner);
                }
            }
            List<TextEdit> all = new ArrayList<>(editor.edits());
            all.addAll(replaced);
            return tree.text().with(all);
        }

        private void owner(Statement owner) {
            Map<String, List<String>> moved = new LinkedHashMap<>();
            List<Statement> gone = new ArrayList<>();
            for (Statement statement : owner.children()) {
                String keyword = statement.keyword().value();
                if (keyword.equals("protocol")) {
                    // What stands in net counts more, so it is not overruled.
                    boolean given = owner.last("net")
                            .flatMap(net -> net.last("protocol"))
                            .isPresent();
                    if (!given) {
                        move(moved, "net", slice(statement));
                    }
                    gone.add(statement);
                } else if (keyword.equals("syncer")) {
                    statement.children().forEach(option -> syncer(owner, option, moved));
                    gone.add(statement);
                } else if (to == DrbdDialect.V9 && UNKNOWN_TO_9.contains(keyword)) {
                    drop(statement);
                } else if (DrbdGrammar.of(keyword).isOptions()
                        && statement.body().isPresent()) {
                    statement.children().forEach(option -> option(keyword, option, moved));
                }
            }
            place(owner, moved, gone);
        }

        private void syncer(Statement owner, Statement option, Map<String, List<String>> moved) {
            String section = DrbdSettings.home(option.keyword().value());
            String name = RENAMED.getOrDefault(
                    option.keyword().value(), option.keyword().value());
            boolean given = owner.last(section).flatMap(s -> s.last(name)).isPresent();
            if (!given) {
                move(moved, section, renamed(option));
            }
        }

        private void option(String section, Statement option, Map<String, List<String>> moved) {
            String name = option.keyword().value();
            if (to == DrbdDialect.V9 && UNKNOWN_TO_9.contains(name)) {
                drop(option);
            } else if (to == DrbdDialect.V9 && section.equals("disk") && name.equals("fencing")) {
                move(moved, "net", slice(option));
                editor.remove(option);
            } else if (RENAMED.containsKey(name)) {
                editor.replace(option.keyword(), RENAMED.getOrDefault(name, name));
            }
        }

        private void drop(Statement statement) {
            notes.add(
                    tree.text().name() + ":" + tree.text().line(statement.span().start()) + ": "
                            + statement.keyword().value() + " is not known in 9 and is left out");
            editor.remove(statement);
        }

        /** Puts what moved into the sections that are there, and new sections where the first moved statement stood. */
        private void place(Statement owner, Map<String, List<String>> moved, List<Statement> gone) {
            List<String> fresh = new ArrayList<>();
            moved.forEach((section, statements) -> {
                Optional<Statement> there = owner.last(section);
                if (there.isPresent() && there.get().body().isPresent()) {
                    statements.forEach(statement -> editor.append(there.get(), statement));
                } else {
                    fresh.add(section + " { " + String.join(" ", statements) + " }");
                }
            });
            Set<Statement> kept = new HashSet<>();
            if (!fresh.isEmpty()) {
                if (gone.isEmpty()) {
                    editor.append(owner, String.join(" ", fresh));
                } else {
                    kept.add(gone.get(0));
                    replaced.add(TextEdit.replace(gone.get(0).span(), String.join(" ", fresh)));
                }
            }
            gone.stream().filter(statement -> !kept.contains(statement)).forEach(editor::remove);
        }

        private static void move(Map<String, List<String>> moved, String section, String statement) {
            moved.computeIfAbsent(section, s -> new ArrayList<>()).add(statement);
        }

        private String renamed(Statement option) {
            String name = option.keyword().value();
            return RENAMED.getOrDefault(name, name) + slice(option).substring(name.length());
        }

        private String slice(Statement statement) {
            return tree.text().slice(statement.span());
        }
    }

    /** {@return how many files and notes; never a text, which may hold a secret} */
    @Override
    public String toString() {
        return "DrbdConversion[" + texts.size() + " files, " + notes.size() + " notes]";
    }
}
