package io.diskless.aoe.link;

import io.diskless.aoe.testkit.EthernetLinkContract;
import io.diskless.cluster.testkit.peer.Netns;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;

/** A ring on one end of a cable and a plain socket on the other; the ring aligned to pages whatever it costs. */
@RequiresNetworkNamespace
class RingToSocketIT extends EthernetLinkContract {
    @Override
    protected Pair open(int mtu) throws Exception {
        Netns.Wire cable = closeLater(Cables.lay(mtu));
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
        EthernetLink a = closeLater(Links.open(cable.left(), socket));
        EthernetLink b = closeLater(Links.open(cable.right(), ring));
        return new Pair(Cables.awaitState(a, LinkState.UP), Cables.awaitState(b, LinkState.UP));
    }
}
