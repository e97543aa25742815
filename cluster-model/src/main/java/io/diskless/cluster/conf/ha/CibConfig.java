package io.diskless.cluster.conf.ha;

import io.diskless.cluster.conf.ConfigDocument;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.ConfigTree;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.conf.Word;
import io.diskless.cluster.conf.internal.Reporter;
import io.diskless.cluster.conf.internal.XmlScanner;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Pacemaker's cluster information base. Immutable.
 *
 * <p>Well-formedness, the frame of the document, ids, references of constraints, scores and fencing are checked; what is
 * inside resources is kept and not judged. In the tree an element is a section, its attributes are statements named
 * {@code @name} and its text is {@code #text}.
 */
public final class CibConfig implements ConfigDocument {
    private static final Map<String, Set<String>> FRAME = Map.of(
            "cib", Set.of("configuration", "status"),
            "configuration",
                    Set.of(
                            "crm_config",
                            "rsc_defaults",
                            "op_defaults",
                            "nodes",
                            "resources",
                            "constraints",
                            "acls",
                            "tags",
                            "alerts",
                            "fencing-topology"),
            "resources", Set.of("primitive", "template", "group", "clone", "master", "bundle"),
            "constraints", Set.of("rsc_location", "rsc_colocation", "rsc_order", "rsc_ticket"),
            "nodes", Set.of("node"));

    /** Attributes of constraints that name a resource. */
    private static final Set<String> REFERENCES = Set.of("@rsc", "@with-rsc", "@first", "@then");

    private static final Pattern SCORE = Pattern.compile("[+-]?([0-9]+|INFINITY)");

    private final ConfigTree tree;
    private final List<Diagnostic> diagnostics;

    private CibConfig(ConfigTree tree, List<Diagnostic> diagnostics) {
        this.tree = tree;
        this.diagnostics = diagnostics;
    }

    /**
     * Reads a CIB.
     *
     * @param text the XML
     * @return what was understood, and what is wrong
     */
    public static CibConfig parse(ConfigText text) {
        Reporter reporter = new Reporter(text, "cib");
        ConfigTree tree = XmlScanner.scan(reporter);
        Optional<Statement> root = tree.statements().stream().findFirst();
        if (root.isPresent() && root.get().is("cib")) {
            check(reporter, tree, root.get());
        } else if (root.isPresent()) {
            reporter.error(root.get().keyword().span(), "root", "the outermost element is another", "cib");
        }
        return new CibConfig(tree, reporter.diagnostics());
    }

    private static void check(Reporter reporter, ConfigTree tree, Statement cib) {
        List<Statement> all = tree.flatten();
        all.forEach(element -> frame(reporter, element));
        Map<String, Word> ids = new HashMap<>();
        cib.all("configuration").forEach(configuration -> ids(reporter, configuration, ids));
        for (Statement constraint : all) {
            if (constraint.keyword().value().startsWith("rsc_")
                    && constraint.body().isPresent()) {
                constraint(reporter, constraint, ids);
            }
        }
        fencing(reporter, cib, all);
    }

    private static void frame(Reporter reporter, Statement element) {
        Set<String> known =
                element.body().isPresent() ? FRAME.get(element.keyword().value()) : null;
        if (known == null) {
            return;
        }
        for (Statement child : element.children()) {
            if (child.body().isPresent() && !known.contains(child.keyword().value())) {
                reporter.error(
                        child.keyword().span(),
                        "unknown-element",
                        child.keyword().value() + " cannot stand in "
                                + element.keyword().value(),
                        "one of " + String.join(", ", known.stream().sorted().toList()));
            }
        }
    }

    private static void ids(Reporter reporter, Statement element, Map<String, Word> ids) {
        XmlScanner.attribute(element, "id").ifPresent(id -> {
            Word first = ids.putIfAbsent(id.value(), id);
            if (first != null) {
                reporter.error(
                        id.span(),
                        "duplicate-id",
                        "id " + id.value() + " is taken on line "
                                + reporter.text().line(first.span().start()),
                        "an id of its own");
            }
        });
        element.children().forEach(child -> ids(reporter, child, ids));
    }

    private static void constraint(Reporter reporter, Statement constraint, Map<String, Word> ids) {
        for (Statement attribute : constraint.children()) {
            Optional<Word> value = attribute.arguments().stream().findFirst();
            boolean reference = REFERENCES.contains(attribute.keyword().value())
                    && !(constraint.is("rsc_location") && attribute.is("@first"));
            if (reference && value.isPresent() && !ids.containsKey(value.get().value())) {
                reporter.error(
                        value.get().span(),
                        "unknown-id",
                        "there is no resource " + value.get().value(),
                        "the id of a resource");
            }
            if (attribute.is("@score")
                    && value.isPresent()
                    && !SCORE.matcher(value.get().value()).matches()) {
                reporter.error(
                        value.get().span(),
                        "score",
                        "\"" + value.get().value() + "\" is no score",
                        "a whole number or INFINITY");
            }
        }
    }

    private static void fencing(Reporter reporter, Statement cib, List<Statement> all) {
        Optional<Statement> off = all.stream()
                .filter(s -> s.is("nvpair"))
                .filter(s -> XmlScanner.attribute(s, "name")
                        .filter(n -> n.value().equals("stonith-enabled"))
                        .isPresent())
                .filter(s -> XmlScanner.attribute(s, "value")
                        .filter(v -> Set.of("false", "off", "no", "n", "0").contains(v.value()))
                        .isPresent())
                .findFirst();
        boolean device = all.stream()
                .filter(s -> s.is("primitive"))
                .anyMatch(s -> XmlScanner.attribute(s, "class")
                        .filter(c -> c.value().equals("stonith"))
                        .isPresent());
        boolean resources = all.stream().anyMatch(s -> s.is("primitive"));
        if (off.isPresent()) {
            reporter.warning(
                    off.get().keyword().span(),
                    "fencing-off",
                    "fencing is off: both nodes may write after a split",
                    "stonith-enabled true");
        } else if (resources && !device) {
            reporter.warning(
                    cib.keyword().span(),
                    "no-fencing-device",
                    "no fencing device: a lost node stops the service",
                    "a primitive of class stonith");
        }
    }

    @Override
    public ConfigTree tree() {
        return tree;
    }

    @Override
    public List<Diagnostic> diagnostics() {
        return diagnostics;
    }

    /** {@return the names of the nodes, in order} */
    public List<String> nodes() {
        return tree.flatten().stream()
                .filter(s -> s.is("nodes"))
                .flatMap(s -> s.all("node"))
                .flatMap(s -> XmlScanner.attribute(s, "uname").stream())
                .map(Word::value)
                .toList();
    }

    /** {@return the ids of the primitive resources, in order} */
    public List<String> primitives() {
        return tree.flatten().stream()
                .filter(s -> s.is("primitive") && s.body().isPresent())
                .flatMap(s -> XmlScanner.attribute(s, "id").stream())
                .map(Word::value)
                .toList();
    }

    /**
     * A resource that is not made of others.
     *
     * @param id its id
     * @param agent its class, provider and type with colons between them, such as {@code ocf:linbit:drbd}
     * @param attributes its instance attributes by name
     */
    public record Primitive(String id, String agent, Map<String, String> attributes) {
        /** Copies the map. */
        public Primitive {
            attributes = Map.copyOf(attributes);
        }
    }

    /** {@return the primitive resources with what they are told, in order} */
    public List<Primitive> resources() {
        List<Primitive> found = new ArrayList<>();
        for (Statement primitive : tree.flatten()) {
            if (primitive.is("primitive") && primitive.body().isPresent()) {
                Map<String, String> attributes = new HashMap<>();
                primitive
                        .all("instance_attributes")
                        .flatMap(set -> set.all("nvpair"))
                        .forEach(pair -> attributes.put(text(pair, "name"), text(pair, "value")));
                String agent = Stream.of("class", "provider", "type")
                        .map(name -> text(primitive, name))
                        .filter(part -> !part.isEmpty())
                        .collect(Collectors.joining(":"));
                found.add(new Primitive(text(primitive, "id"), agent, attributes));
            }
        }
        return found;
    }

    private static String text(Statement element, String attribute) {
        return XmlScanner.attribute(element, attribute).map(Word::value).orElse("");
    }

    /** {@return the file and its nodes} */
    @Override
    public String toString() {
        return "CibConfig[" + text().name() + ", " + nodes() + "]";
    }
}
