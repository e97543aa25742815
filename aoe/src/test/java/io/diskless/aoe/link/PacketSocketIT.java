package io.diskless.aoe.link;

import io.diskless.aoe.testkit.EthernetLinkContract;
import org.junit.jupiter.api.BeforeAll;

/** Plain sockets on both ends of a virtual cable. */
class PacketSocketIT extends EthernetLinkContract {
    @BeforeAll
    static void privateNetwork() {
        PrivateNetwork.require();
    }

    @Override
    protected Pair open(int mtu) throws Exception {
        PrivateNetwork.Cable cable = closeLater(PrivateNetwork.cable(mtu));
        LinkOptions options =
                LinkOptions.builder().preference(LinkOptions.Preference.SOCKET).build();
        EthernetLink a = closeLater(Links.open(cable.a(), options));
        EthernetLink b = closeLater(Links.open(cable.b(), options));
        return new Pair(PrivateNetwork.awaitState(a, LinkState.UP), PrivateNetwork.awaitState(b, LinkState.UP));
    }
}
