package io.diskless.aoe.link;

import io.diskless.aoe.testkit.EthernetLinkContract;
import io.diskless.cluster.testkit.peer.Netns;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;

/** Memory-mapped rings on both ends of a virtual cable. */
@RequiresNetworkNamespace
class PacketRingIT extends EthernetLinkContract {
    @Override
    protected Pair open(int mtu) throws Exception {
        Netns.Wire cable = closeLater(Cables.lay(mtu));
        LinkOptions options =
                LinkOptions.builder().preference(LinkOptions.Preference.RING).build();
        EthernetLink a = closeLater(Links.open(cable.left(), options));
        EthernetLink b = closeLater(Links.open(cable.right(), options));
        return new Pair(Cables.awaitState(a, LinkState.UP), Cables.awaitState(b, LinkState.UP));
    }
}
