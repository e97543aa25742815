package io.diskless.drbd.testkit;

import io.diskless.cluster.testkit.peer.Netns;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * The Ethernet that kernel nodes and this JVM share: a bridge in this JVM's network namespace with the address
 * {@value #HOST}. Made when first asked for, gone with the namespace. Confined to the thread that runs the tests.
 */
public final class Lan {

    /** The address of this JVM. */
    public static final String HOST = "10.9.0.254";

    private static final String BRIDGE = "br0";

    private Lan() {}

    /** This JVM's address, to bind to. */
    public static InetAddress host() {
        try {
            return InetAddress.getByName(HOST);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("a literal address needs no look-up", e);
        }
    }

    /** Makes the bridge where it is not there, and a tap as one of its ports where that is not there. */
    static void plug(String tap) {
        if (!Netns.names().contains(BRIDGE)) {
            Netns.bridge(BRIDGE, 1500);
            Netns.ip("addr", "add", HOST + "/24", "dev", BRIDGE);
        }
        if (!Netns.names().contains(tap)) {
            Netns.tap(tap, 1500);
        }
        join(tap);
    }

    /** Takes a tap out of the bridge: nothing arrives at either side any more, and nobody is told. */
    static void cut(String tap) {
        Netns.ip("link", "set", tap, "nomaster");
    }

    /** Puts a tap back into the bridge. */
    static void join(String tap) {
        Netns.ip("link", "set", tap, "master", BRIDGE);
    }
}
