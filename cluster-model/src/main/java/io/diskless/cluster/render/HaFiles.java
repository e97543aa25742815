package io.diskless.cluster.render;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.FencerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.PairId;
import io.diskless.cluster.model.node.FencingDevice;
import io.diskless.cluster.model.node.HaPair;
import io.diskless.cluster.model.storage.DrbdVolume;
import java.util.List;

/**
 * Writes what keeps one of a pair of ConfigNodes serving. The shared volume is mounted at {@code /srv/PAIR} as ext4, and
 * dnsmasq serves from there. Equal models make equal files. Stateless.
 */
public final class HaFiles {
    private HaFiles() {}

    private static HaPair pair(Model model, PairId id) {
        return model.get(id, HaPair.class)
                .orElseThrow(() -> new IllegalArgumentException("there is no " + id + " in the model"));
    }

    private static List<NodeId> nodes(HaPair pair) {
        return List.of(pair.first(), pair.second());
    }

    /**
     * The corosync.conf of both, with a ring for each segment on which both have an address.
     *
     * @param model the site
     * @param id which pair
     * @return the file
     * @throws IllegalArgumentException if there is no such pair, or it has no such segment
     */
    public static String corosync(Model model, PairId id) {
        HaPair pair = pair(model, id);
        Devices.commonAddresses(model, nodes(pair), id.toString());
        List<List<String>> rings = Devices.addresses(model, nodes(pair));
        StringBuilder out = new StringBuilder("totem {\n  version: 2\n  cluster_name: ")
                .append(id.name())
                .append("\n  transport: knet\n}\n\nnodelist {\n");
        for (int n = 0; n < 2; n++) {
            out.append("  node {\n");
            for (int ring = 0; ring < rings.size(); ring++) {
                out.append("    ring")
                        .append(ring)
                        .append("_addr: ")
                        .append(rings.get(ring).get(n))
                        .append('\n');
            }
            out.append("    nodeid: ").append(n + 1).append("\n    name: ");
            out.append(Devices.host(model, nodes(pair).get(n))).append("\n  }\n");
        }
        return out.append("}\n\nquorum {\n  provider: corosync_votequorum\n  two_node: 1\n}\n")
                .toString();
    }

    /**
     * The Pacemaker configuration of a pair: its volume promoted on one of them, and there the file system, the service
     * address and dnsmasq. Fencing is on; without a device Pacemaker starts nothing, and that is right.
     *
     * @param model the site
     * @param id which pair
     * @return the file, a whole CIB
     * @throws IllegalArgumentException if there is no such pair, or its volume is none of DRBD
     */
    public static String cib(Model model, PairId id) {
        HaPair pair = pair(model, id);
        String name = id.name();
        String resource = resource(model, pair);
        StringBuilder out =
                new StringBuilder("<cib crm_feature_set=\"3.17.0\" validate-with=\"pacemaker-3.9\" epoch=\"1\""
                        + " num_updates=\"0\" admin_epoch=\"0\">\n  <configuration>\n    <crm_config>\n");
        out.append("      <cluster_property_set id=\"opts\">\n");
        nvpair(out, 4, "opts-stonith", "stonith-enabled", "true");
        nvpair(out, 4, "opts-quorum", "no-quorum-policy", "ignore");
        out.append("      </cluster_property_set>\n    </crm_config>\n    <nodes>\n");
        for (int n = 0; n < 2; n++) {
            out.append("      <node id=\"").append(n + 1).append("\" uname=\"");
            out.append(Xml.escape(Devices.host(model, nodes(pair).get(n)))).append("\"/>\n");
        }
        out.append("    </nodes>\n    <resources>\n");
        for (FencerId device : pair.fencing()) {
            model.get(device, FencingDevice.class).ifPresent(found -> fencer(out, model, found));
        }
        out.append("      <clone id=\"ms-").append(name).append("\">\n        <meta_attributes id=\"ms-");
        out.append(name).append("-meta\">\n");
        nvpair(out, 5, "ms-" + name + "-promotable", "promotable", "true");
        nvpair(out, 5, "ms-" + name + "-promoted", "promoted-max", "1");
        nvpair(out, 5, "ms-" + name + "-clones", "clone-max", "2");
        nvpair(out, 5, "ms-" + name + "-notify", "notify", "true");
        out.append("        </meta_attributes>\n");
        out.append("        <primitive id=\"drbd-").append(name);
        out.append("\" class=\"ocf\" provider=\"linbit\" type=\"drbd\">\n");
        attributes(out, 5, "drbd-" + name, "drbd_resource", resource);
        out.append("          <operations>\n            <op id=\"drbd-").append(name);
        out.append("-promoted\" name=\"monitor\" interval=\"10s\" role=\"Promoted\"/>\n            <op id=\"drbd-");
        out.append(name).append("-unpromoted\" name=\"monitor\" interval=\"20s\" role=\"Unpromoted\"/>\n");
        out.append("          </operations>\n        </primitive>\n      </clone>\n      <group id=\"grp-");
        out.append(name).append("\">\n        <primitive id=\"fs-").append(name);
        out.append("\" class=\"ocf\" provider=\"heartbeat\" type=\"Filesystem\">\n");
        attributes(out, 5, "fs-" + name, "device", device(resource), "directory", "/srv/" + name, "fstype", "ext4");
        out.append("        </primitive>\n        <primitive id=\"ip-").append(name);
        out.append("\" class=\"ocf\" provider=\"heartbeat\" type=\"IPaddr2\">\n");
        attributes(out, 5, "ip-" + name, "ip", pair.serviceAddress().toString());
        out.append("        </primitive>\n        <primitive id=\"dhcp-").append(name);
        out.append("\" class=\"systemd\" type=\"dnsmasq\"/>\n      </group>\n    </resources>\n    <constraints>\n");
        out.append("      <rsc_colocation id=\"col-")
                .append(name)
                .append("\" rsc=\"grp-")
                .append(name);
        out.append("\" with-rsc=\"ms-").append(name).append("\" with-rsc-role=\"Promoted\" score=\"INFINITY\"/>\n");
        out.append("      <rsc_order id=\"ord-")
                .append(name)
                .append("\" first=\"ms-")
                .append(name);
        out.append("\" first-action=\"promote\" then=\"grp-").append(name).append("\" then-action=\"start\"/>\n");
        return out.append("    </constraints>\n  </configuration>\n  <status/>\n</cib>\n")
                .toString();
    }

    private static String resource(Model model, HaPair pair) {
        return model.get(pair.sharedVolume(), DrbdVolume.class)
                .map(volume -> volume.id().name())
                .orElseThrow(() -> new IllegalArgumentException(
                        pair.id() + " shares " + pair.sharedVolume() + ", which is no DRBD volume"));
    }

    private static String device(String resource) {
        return "/dev/drbd/by-res/" + resource + "/0";
    }

    private static void fencer(StringBuilder out, Model model, FencingDevice device) {
        String id = "fence-" + device.id().name();
        List<String> hosts = device.reaches().stream()
                .filter(model::contains)
                .map(node -> Devices.host(model, node))
                .toList();
        out.append("      <primitive id=\"").append(id).append("\" class=\"stonith\" type=\"fence_");
        out.append(Xml.escape(device.method())).append("\">\n");
        attributes(out, 4, id, "pcmk_host_list", String.join(" ", hosts));
        out.append("      </primitive>\n");
    }

    private static void attributes(StringBuilder out, int depth, String id, String... namesAndValues) {
        String indent = "  ".repeat(depth);
        out.append(indent).append("<instance_attributes id=\"").append(id).append("-attributes\">\n");
        for (int i = 0; i < namesAndValues.length; i += 2) {
            nvpair(out, depth + 1, id + "-" + namesAndValues[i], namesAndValues[i], namesAndValues[i + 1]);
        }
        out.append(indent).append("</instance_attributes>\n");
    }

    private static void nvpair(StringBuilder out, int depth, String id, String name, String value) {
        out.append("  ".repeat(depth))
                .append("<nvpair id=\"")
                .append(id)
                .append("\" name=\"")
                .append(name);
        out.append("\" value=\"").append(Xml.escape(value)).append("\"/>\n");
    }

    /**
     * The ha.cf of both, for Heartbeat 3 with its own resources.
     *
     * @param model the site
     * @param id which pair
     * @return the file
     * @throws IllegalArgumentException if there is no such pair, or it has no segment on which both have an address
     */
    public static String heartbeat(Model model, PairId id) {
        HaPair pair = pair(model, id);
        Devices.commonAddresses(model, nodes(pair), id.toString());
        StringBuilder out = new StringBuilder("keepalive 2\nwarntime 10\ndeadtime 30\ninitdead 120\nudpport 694\n");
        int media = out.length();
        for (var nic : Devices.node(model, pair.first()).machine().nics()) {
            boolean both = Devices.node(model, pair.second()).machine().nics().stream()
                    .anyMatch(other ->
                            other.name().equals(nic.name()) && other.segment().equals(nic.segment()));
            if (both) {
                out.append("bcast ").append(nic.name()).append('\n');
            }
        }
        if (out.length() == media) {
            throw new IllegalArgumentException(
                    id + ": no port of one name is on one segment on both, and ha.cf is the same on both");
        }
        out.append("auto_failback off\nnode");
        nodes(pair).forEach(node -> out.append(' ').append(Devices.host(model, node)));
        return out.append('\n').toString();
    }

    /**
     * The haresources of both, which must be the same on both.
     *
     * @param model the site
     * @param id which pair
     * @return the file
     * @throws IllegalArgumentException if there is no such pair, or its volume is none of DRBD
     */
    public static String haresources(Model model, PairId id) {
        HaPair pair = pair(model, id);
        String resource = resource(model, pair);
        return Devices.host(model, pair.first()) + " drbddisk::" + resource + " Filesystem::" + device(resource)
                + "::/srv/" + id.name() + "::ext4 " + pair.serviceAddress() + " dnsmasq\n";
    }
}
