package io.diskless.netboot.simulate;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.netboot.dhcp.DhcpMessage;
import io.diskless.netboot.dhcp.OptionCodes;
import io.diskless.netboot.dhcp.SubOptions;
import java.net.Inet4Address;
import java.util.Optional;

/**
 * What a machine knows after DHCP. Immutable.
 *
 * @param address its own
 * @param boot the message that says what to boot: the ACK, a proxy's offer, or a boot server's ACK
 */
record Configuration(Inet4Address address, DhcpMessage boot) {
    /** In iPXE's option 175: keep the disk attached. */
    private static final int KEEP_SAN = 8;

    String bootFile() {
        String file = boot.bootFile();
        // Some servers end option 67 with a NUL.
        return file.indexOf('\0') < 0 ? file : file.substring(0, file.indexOf('\0'));
    }

    Inet4Address nextServer() {
        Inet4Address next = boot.header().siaddr();
        return next.isAnyLocalAddress()
                ? boot.options().address(OptionCodes.SERVER_ID).orElse(next)
                : next;
    }

    Optional<AoeAddress> root() {
        return boot.options()
                .text(OptionCodes.ROOT_PATH)
                .filter(path -> path.startsWith("aoe:"))
                .map(path -> AoeAddress.parse(path.substring("aoe:".length())));
    }

    boolean keepSan() {
        return boot.options()
                .subOptions(OptionCodes.IPXE)
                .flatMap(ipxe -> flag(ipxe, KEEP_SAN))
                .isPresent();
    }

    static Optional<Integer> flag(SubOptions ipxe, int code) {
        return ipxe.find(code)
                .filter(data -> data.size() == 1 && data.u8(0) != 0)
                .map(data -> data.u8(0));
    }
}
