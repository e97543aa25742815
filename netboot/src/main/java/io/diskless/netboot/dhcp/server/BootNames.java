package io.diskless.netboot.dhcp.server;

import io.diskless.cluster.net.MacAddress;

/** Names of files that no disk holds: they are made of the decision when they are asked for. Immutable. */
final class BootNames {
    private BootNames() {}

    /** The script that a machine's iPXE loads: {@code boot/52-54-00-77-00-01.ipxe}. */
    static String script(MacAddress mac) {
        return "boot/" + mac.toString().replace(':', '-') + ".ipxe";
    }
}
