package io.diskless.aoe.link;

import io.diskless.aoe.testkit.EthernetLinkContract;
import org.junit.jupiter.api.BeforeAll;

/** A ring on one end of a cable and a plain socket on the other; the ring aligned to pages whatever it costs. */
class RingToSocketIT extends EthernetLinkContract {
    @BeforeAll
    static void privateNetwork() {
        PrivateNetwork.require();
    }

    @Override
    protected Pair open(int mtu) throws Exception {
        PrivateNetwork.Cable cable = closeLater(PrivateNetwork.cable(mtu));
        LinkOptions ring = LinkOptions.builder()
                .preference(LinkOptions.Preference.RING)
                .alignment(4096)
                .receiveSlots(64)
                .sendSlots(64)
                .build();
        LinkOptions socket = LinkOptions.builder()
                .preference(LinkOptions.Preference.SOCKET)
                .socketBuffer(1 << 20)
                .build();
        EthernetLink a = closeLater(Links.open(cable.a(), socket));
        EthernetLink b = closeLater(Links.open(cable.b(), ring));
        return new Pair(PrivateNetwork.awaitState(a, LinkState.UP), PrivateNetwork.awaitState(b, LinkState.UP));
    }
}
