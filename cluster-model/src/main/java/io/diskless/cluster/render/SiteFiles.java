package io.diskless.cluster.render;

import io.diskless.cluster.conf.ocfs2.Ocfs2Cluster;
import io.diskless.cluster.conf.ocfs2.Ocfs2Config;
import io.diskless.cluster.conf.ocfs2.Ocfs2Node;
import io.diskless.cluster.conf.vblade.VbladeConfig;
import io.diskless.cluster.conf.vblade.VbladeExport;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.OcfsCluster;
import io.diskless.cluster.net.MacAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Writes what a site's programs read. Equal models make equal files. Stateless. */
public final class SiteFiles {
    private SiteFiles() {}

    /**
     * The cluster.conf of every member of every OCFS2 cluster, byte for byte as {@code o2cb} writes it.
     *
     * @param model the site
     * @return the file
     * @throws IllegalArgumentException if a cluster is one that the kernel refuses, with the reason
     */
    public static String ocfs2(Model model) {
        List<Ocfs2Cluster> clusters = new ArrayList<>();
        for (OcfsCluster cluster : model.all(OcfsCluster.class)) {
            List<Ocfs2Node> nodes = new ArrayList<>();
            cluster.members().stream()
                    .sorted(Comparator.comparingInt(OcfsCluster.Member::number))
                    .forEach(member -> nodes.add(new Ocfs2Node(
                            hostname(model, member.node()),
                            member.number(),
                            member.address().toString(),
                            member.port())));
            clusters.add(new Ocfs2Cluster(cluster.id().name(), cluster.globalHeartbeat(), nodes, cluster.regions()));
        }
        return Ocfs2Config.render(clusters);
    }

    private static String hostname(Model model, NodeId node) {
        return model.get(node, Node.class)
                .map(there -> there.machine().hostname())
                .orElse(node.name());
    }

    /**
     * One host of dhcpd.conf for each port that has an address, to be included where the subnets are.
     *
     * @param model the site
     * @return the hosts
     */
    public static String dhcpd(Model model) {
        StringBuilder out = new StringBuilder();
        forEachPort(
                model,
                (name, node, nic, address) -> out.append("host ")
                        .append(name)
                        .append(" {\n  hardware ethernet ")
                        .append(nic.mac())
                        .append(";\n  fixed-address ")
                        .append(address)
                        .append(";\n  option host-name \"")
                        .append(node.machine().hostname())
                        .append("\";\n}\n"));
        return out.toString();
    }

    /**
     * One {@code dhcp-host} line of dnsmasq for each port that has an address.
     *
     * @param model the site
     * @return the lines
     */
    public static String dnsmasq(Model model) {
        StringBuilder out = new StringBuilder();
        forEachPort(
                model,
                (name, node, nic, address) -> out.append("dhcp-host=")
                        .append(nic.mac())
                        .append(',')
                        .append(address)
                        .append(',')
                        .append(name)
                        .append('\n'));
        return out.toString();
    }

    private interface Port {
        void see(String name, Node node, Nic nic, String address);
    }

    /** Members only; the first port bears the machine's name, others that of the port too. */
    private static void forEachPort(Model model, Port port) {
        for (Node node : model.all(Node.class)) {
            boolean first = true;
            for (Nic nic : node.machine().nics()) {
                if (node.lifecycle().isMember() && nic.address().isPresent()) {
                    String host = node.machine().hostname();
                    port.see(
                            first ? host : host + "-" + nic.name(),
                            node,
                            nic,
                            nic.address().get().toString());
                    first = false;
                }
            }
        }
    }

    /**
     * The files of {@code /etc/vblade.conf.d} of a node: one for each export.
     *
     * @param model the site
     * @param node which node
     * @return text by file name
     * @throws IllegalArgumentException if what is exported has no device on the node
     */
    public static Map<String, String> vblade(Model model, NodeId node) {
        Map<String, String> files = new TreeMap<>();
        for (AoeExport export : model.all(AoeExport.class)) {
            if (export.node().equals(node)) {
                List<String> options = new ArrayList<>();
                if (export.readOnly()) {
                    options.add("-r");
                }
                if (export.access() instanceof AoeExport.Access.StaticList list) {
                    options.add("-m "
                            + list.macs().stream().map(MacAddress::toString).collect(Collectors.joining(",")));
                }
                files.put(
                        export.id().name() + ".conf",
                        VbladeConfig.render(new VbladeExport(
                                export.address(), export.nic(), device(model, export), String.join(" ", options))));
            }
        }
        return files;
    }

    private static String device(Model model, AoeExport export) {
        return Devices.need(model, export.served(), export.node(), export.id().toString());
    }
}
