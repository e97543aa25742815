package io.diskless.cluster.conf.dhcp;

import io.diskless.cluster.conf.ConfigDocument;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.ConfigTree;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.conf.Statement;
import io.diskless.cluster.conf.Word;
import io.diskless.cluster.conf.internal.Reporter;
import io.diskless.cluster.net.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A dhcpd.conf of ISC dhcpd. Immutable.
 *
 * <p>Host declarations, their options, and what they need are checked; other statements are kept and not judged, so
 * {@link #isAccepted()} speaks for the hosts and the structure of the file.
 */
public final class DhcpdConfig implements ConfigDocument {
    private final ConfigTree tree;
    private final List<Diagnostic> diagnostics;
    private final List<DhcpHost> hosts;

    private DhcpdConfig(ConfigTree tree, List<Diagnostic> diagnostics) {
        this.tree = tree;
        this.diagnostics = diagnostics;
        List<DhcpHost> found = new ArrayList<>();
        collect(tree.statements(), Map.of(), found);
        this.hosts = List.copyOf(found);
    }

    /**
     * Reads a text; files that it includes are not read.
     *
     * @param text the file
     * @return what was understood, and what is wrong
     */
    public static DhcpdConfig parse(ConfigText text) {
        Reporter reporter = new Reporter(text, "dhcpd");
        ConfigTree tree = new DhcpdParser(reporter).parse();
        new DhcpdChecks(reporter, tree).run();
        return new DhcpdConfig(tree, reporter.diagnostics());
    }

    private static void collect(List<Statement> statements, Map<String, String> outer, List<DhcpHost> into) {
        Map<String, String> inherited = new TreeMap<>(outer);
        for (Statement statement : statements) {
            if (statement.body().isEmpty()) {
                inherit(statement, inherited);
            }
        }
        for (Statement statement : statements) {
            if (statement.is("host")) {
                into.add(host(statement, inherited));
            } else if (statement.is("group") || statement.is("subnet") || statement.is("shared-network")) {
                collect(statement.children(), inherited, into);
            }
        }
    }

    private static void inherit(Statement statement, Map<String, String> into) {
        boolean option = statement.is("option");
        String name =
                option ? statement.argument(0).orElse("") : statement.keyword().value();
        if (name.equals("filename") || name.equals("next-server") || name.equals("root-path")) {
            statement.argument(option ? 1 : 0).ifPresent(value -> into.put(name, value));
        }
    }

    private static DhcpHost host(Statement host, Map<String, String> outer) {
        Map<String, String> own = new TreeMap<>(outer);
        host.children().forEach(statement -> inherit(statement, own));
        List<MacAddress> macs = new ArrayList<>();
        host.all("hardware")
                .forEach(hardware -> hardware.argument(1).ifPresent(mac -> {
                    try {
                        macs.add(MacAddress.parse(mac));
                    } catch (IllegalArgumentException illegal) {
                        // Among the diagnostics; a host without a card is still a host.
                        return;
                    }
                }));
        return new DhcpHost(
                host.argument(0).orElse(""),
                macs,
                host.all("fixed-address")
                        .flatMap(s -> s.arguments().stream())
                        .map(Word::value)
                        .toList(),
                List.of(),
                Optional.ofNullable(own.get("filename")),
                Optional.ofNullable(own.get("next-server")),
                Optional.ofNullable(own.get("root-path")));
    }

    @Override
    public ConfigTree tree() {
        return tree;
    }

    @Override
    public List<Diagnostic> diagnostics() {
        return diagnostics;
    }

    /** {@return the host declarations, with what they inherit} */
    public List<DhcpHost> hosts() {
        return hosts;
    }

    /** {@return the file and how many hosts it has} */
    @Override
    public String toString() {
        return "DhcpdConfig[" + text().name() + ", " + hosts.size() + " hosts]";
    }
}
