package io.diskless.cluster.model.operation;

import io.diskless.cluster.model.Claim;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;

/** Finds names and addresses that nobody has, always the same for the same model. Stateless. */
final class Names {
    /** The prefix that QEMU and Xen guests use; the rest is made of the guest's name. */
    private static final long GUEST_PREFIX = 0x5254_0000_0000L;

    private Names() {}

    /** The lowest free slot of a shelf, else of the lowest shelf that has one. */
    static AoeAddress freeAddress(Model model, SegmentId segment, int preferredShelf) {
        for (int shelf = -1; shelf < AoeAddress.ALL_SHELVES; shelf++) {
            for (int slot = 0; slot < AoeAddress.ALL_SLOTS; slot++) {
                AoeAddress next = new AoeAddress(shelf < 0 ? preferredShelf : shelf, slot);
                if (next.isUsableByLinux() && model.claimantCount(new Claim.Aoe(segment, next)) == 0) {
                    return next;
                }
            }
        }
        throw new IllegalArgumentException("every AoE address of " + segment + " is taken");
    }

    /** An address of a guest's port that nobody has, made of a text. */
    static MacAddress freeMac(Model model, String text) {
        for (int attempt = 0; attempt <= 0xFF_FFFF; attempt++) {
            MacAddress next = MacAddress.of(GUEST_PREFIX | ((text.hashCode() + attempt) & 0xFF_FFFF));
            if (model.claimantCount(new Claim.Mac(next)) == 0) {
                return next;
            }
        }
        throw new IllegalArgumentException("every Ethernet address of the prefix 52:54:00 is taken");
    }

    /** The name of a copy: with one name in place of the other where it stands, else with the new one in front. */
    static String renamed(String text, String from, String to) {
        if (text.equals(from) || text.startsWith(from + "-")) {
            return to + text.substring(from.length());
        }
        return to + "-" + text;
    }

    /** A layer's name that is not taken. */
    static LayerId free(Model model, LayerId id) {
        if (model.contains(id)) {
            throw new IllegalArgumentException("there is a " + id + " already");
        }
        return id;
    }

    /** The first port of a node on a segment. */
    static Nic port(Model model, NodeId id, SegmentId segment) {
        Node node = model.get(id, Node.class)
                .orElseThrow(() -> new IllegalArgumentException("there is no " + id + " in the model"));
        for (Nic nic : node.machine().nics()) {
            if (nic.segment().equals(segment)) {
                return nic;
            }
        }
        throw new IllegalArgumentException(id + " has no port on " + segment);
    }
}
