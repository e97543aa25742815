package io.diskless.aoe.link;

import io.diskless.aoe.testkit.EthernetLinkContract;
import io.diskless.cluster.net.MacAddress;
import java.time.Duration;

/** A delay changes nothing of the contract: the pool of frames in transit neither reorders nor allocates. */
class DelayedSegmentTest extends EthernetLinkContract {
    @Override
    protected Pair open(int mtu) {
        EthernetSegment segment = EthernetSegment.realTime();
        SegmentPort a = segment.attach("a", MacAddress.parse("52:54:00:00:00:0a"), mtu, 64);
        SegmentPort b = segment.attach("b", MacAddress.parse("52:54:00:00:00:0b"), mtu, 64);
        Impairment delay = Impairment.builder()
                .delay(Duration.ofNanos(2_000), Duration.ZERO)
                .build();
        a.outbound(delay);
        a.inbound(delay);
        return new Pair(a, b);
    }
}
