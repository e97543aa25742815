package io.diskless.cluster.conf.ocfs2;

import io.diskless.cluster.conf.internal.Values;

/**
 * One member of an OCFS2 cluster. Immutable.
 *
 * @param name the host name without domain, 1 to 64 characters
 * @param number 0 to 254, unique in the cluster
 * @param address an IPv4 address, unique in the cluster
 * @param port 1 to 65534
 */
public record Ocfs2Node(String name, int number, String address, int port) {
    /** The port where none is chosen. */
    public static final int DEFAULT_PORT = 7777;

    /** Numbers are below 255 in the kernel. */
    static final int HIGHEST_NUMBER = 254;

    /** The kernel refuses 65535 too. */
    static final int HIGHEST_PORT = 65534;

    static final int LONGEST_NAME = 64;

    /**
     * Checks every value.
     *
     * @throws IllegalArgumentException if the kernel would refuse one
     */
    public Ocfs2Node {
        if (name.isEmpty() || name.length() > LONGEST_NAME || !name.strip().equals(name)) {
            throw new IllegalArgumentException("a node name has 1 to 64 characters, got \"" + name + "\"");
        }
        if (number < 0 || number > HIGHEST_NUMBER) {
            throw new IllegalArgumentException("a node number is 0 to 254, got " + number);
        }
        if (!Values.isIpv4(address)) {
            throw new IllegalArgumentException("expected an IPv4 address, got \"" + address + "\"");
        }
        if (port < 1 || port > HIGHEST_PORT) {
            throw new IllegalArgumentException("a port is 1 to 65534, got " + port);
        }
    }
}
