package io.diskless.aoe.peer;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.LinkOptions;
import io.diskless.aoe.link.Links;
import io.diskless.aoe.target.AoeTarget;
import io.diskless.aoe.target.Export;
import io.diskless.aoe.target.ExportOptions;
import io.diskless.aoe.target.TargetOptions;
import io.diskless.aoe.target.TargetSnapshot;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.testkit.peer.Cleanup;

/** Our target in this process, running, with the best links that these interfaces give. Confined to one thread. */
final class TargetRig implements AutoCloseable {

    private final Cleanup links = new Cleanup();
    private final AoeTarget target;

    private TargetRig(TargetOptions options) {
        target = AoeTarget.create(options);
    }

    static TargetRig on(String... interfaces) throws AoeException {
        return on(TargetOptions.defaults(), interfaces);
    }

    static TargetRig on(TargetOptions options, String... interfaces) throws AoeException {
        TargetRig rig = new TargetRig(options);
        try {
            LinkOptions link = LinkOptions.builder()
                    .role(LinkOptions.Role.TARGET)
                    .slotMtu(9000)
                    .build();
            for (String name : interfaces) {
                EthernetLink opened = rig.links.add(Links.open(name, link));
                rig.target.attach(opened);
            }
            rig.target.start();
            return rig;
        } catch (AoeException e) {
            rig.close();
            throw e;
        }
    }

    AoeTarget target() {
        return target;
    }

    Export export(String address, BlockDevice device) throws AoeException {
        return export(address, device, ExportOptions.defaults());
    }

    Export export(String address, BlockDevice device, ExportOptions options) throws AoeException {
        return target.export(AoeAddress.parse(address), device, options);
    }

    TargetSnapshot.ExportCounters counters(String address) {
        return target.snapshot().export(AoeAddress.parse(address));
    }

    /** Frames of this interface that were meant for an address which is not exported here. */
    long unanswered(String name) {
        return port(name).noExport();
    }

    TargetSnapshot.Port port(String name) {
        return target.snapshot().ports().stream()
                .filter(port -> port.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no port " + name));
    }

    @Override
    public void close() throws AoeException {
        try {
            target.close();
        } finally {
            links.close();
        }
    }
}
