package io.diskless.cluster.rules;

import io.diskless.cluster.conf.ConfigDocument;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.drbd.DrbdConfig;
import io.diskless.cluster.conf.drbd.DrbdDialect;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.Replica;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Whether drbdadm would take the file of a volume. Parsing is most of what a check of a large site costs, and nearly all
 * volumes differ by names only. So a file is parsed once for each form: the text with plain names replaced by others. A name is
 * plain that no grammar of DRBD can take for a word of its own: of a-z, 0-9 and hyphens, with a letter first and a digit
 * somewhere. Only forms without any finding are kept. Thread-safe.
 */
final class ResourceFiles {
    /** Sites have a few forms; more than this come from an attack or a test, and are parsed each. */
    private static final int MOST_FORMS = 1000;

    /** Whatever limits programs have, none is below the length of a host name label of everyday. */
    private static final int LONGEST_PLAIN = 32;

    private final Set<String> clean = ConcurrentHashMap.newKeySet();

    void check(Model model, DrbdVolume volume, Findings out) {
        List<String> hosts = new ArrayList<>();
        DrbdDialect dialect = DrbdDialect.V9;
        boolean plain = isPlain(volume.id().name());
        for (Replica replica : volume.replicas()) {
            Node node = model.get(replica.node(), Node.class).orElse(null);
            if (node != null && hosts.isEmpty()) {
                dialect = node.machine().software().configuration();
            }
            String host = node == null ? replica.node().name() : node.machine().hostname();
            hosts.add(host);
            plain = plain && isPlain(host) && isPlain(replica.lower().name());
        }
        String form = plain ? dialect + text(volume, dialect, formal(hosts), true) : "";
        if (plain && clean.contains(form)) {
            return;
        }
        ConfigDocument document =
                DrbdConfig.parse(ConfigText.of("drbd.conf", text(volume, dialect, hosts, false)), dialect);
        if (plain && document.diagnostics().isEmpty() && clean.size() < MOST_FORMS) {
            clean.add(form);
        }
        FileChecks.tell(volume.id(), document, out);
    }

    static boolean isPlain(String name) {
        boolean digit = false;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean letter = c >= 'a' && c <= 'z';
            boolean number = c >= '0' && c <= '9';
            if (i == 0 ? !letter : !letter && !number && c != '-') {
                return false;
            }
            digit |= number;
        }
        return digit && name.length() <= LONGEST_PLAIN;
    }

    /** Other names of which two are equal where two of these are. */
    private static List<String> formal(List<String> hosts) {
        List<String> names = new ArrayList<>();
        for (String host : hosts) {
            names.add("h" + hosts.indexOf(host));
        }
        return names;
    }

    /** Names, numbers and options as they would be written; devices and addresses stand for those of a renderer. */
    private static String text(DrbdVolume volume, DrbdDialect dialect, List<String> hosts, boolean form) {
        StringBuilder text = new StringBuilder(400);
        text.append("resource ").append(form ? "r0" : volume.id().name()).append(" {\n");
        String verify = volume.policy().verifyAlgorithm();
        if (dialect == DrbdDialect.V8_3) {
            text.append("  protocol ").append(volume.policy().protocol()).append(";\n");
            text.append(verify.isEmpty() ? "" : "  syncer { verify-alg " + verify + "; }\n");
        } else {
            text.append("  net { protocol ").append(volume.policy().protocol()).append(";");
            text.append(verify.isEmpty() ? "" : " verify-alg " + verify + ";").append(" }\n");
        }
        for (int i = 0; i < hosts.size(); i++) {
            Replica replica = volume.replicas().get(i);
            text.append("  on ").append(hosts.get(i)).append(" {\n    device /dev/drbd0 minor 0;\n    disk /dev/");
            text.append(form ? "d0" : replica.lower().name());
            text.append(";\n    meta-disk internal;\n    address 10.0.0.");
            text.append(1 + volume.replicas().indexOf(replica)).append(":7789;\n");
            if (dialect == DrbdDialect.V9) {
                text.append("    node-id ").append(replica.number()).append(";\n");
            }
            text.append("  }\n");
        }
        if (dialect == DrbdDialect.V9 && hosts.size() > 2) {
            text.append("  connection-mesh { hosts");
            hosts.forEach(host -> text.append(' ').append(host));
            text.append("; }\n");
        }
        return text.append("}\n").toString();
    }
}
