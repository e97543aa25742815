package io.diskless.benchmarks.load;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.LinkOptions;
import io.diskless.aoe.link.Links;

/** The client's end of a wire: packet rings that take responses only. */
final class ClientLinks {
    private ClientLinks() {}

    static EthernetLink open(String interfaceName) throws AoeException {
        return Links.open(
                interfaceName,
                LinkOptions.builder()
                        .role(LinkOptions.Role.INITIATOR)
                        .preference(LinkOptions.Preference.RING)
                        .build());
    }
}
