package io.diskless.aoe.link;

import io.diskless.aoe.testkit.EthernetLinkContract;
import io.diskless.cluster.net.MacAddress;

/** The segment in real time is a link like any other. */
class RealTimeSegmentTest extends EthernetLinkContract {
    @Override
    protected Pair open(int mtu) {
        EthernetSegment segment = EthernetSegment.realTime();
        return new Pair(
                segment.attach("a", MacAddress.parse("52:54:00:00:00:0a"), mtu, 64),
                segment.attach("b", MacAddress.parse("52:54:00:00:00:0b"), mtu, 64));
    }
}
