package io.diskless.benchmarks.lab.node;

import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.target.AoeTarget;
import io.diskless.aoe.target.ExportOptions;
import io.diskless.aoe.target.TargetOptions;
import io.diskless.aoe.target.TargetSnapshot;
import io.diskless.aoe.target.WritePolicy;
import io.diskless.benchmarks.lab.site.Agent;
import io.diskless.benchmarks.lab.site.Message;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.net.AoeAddress;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The program of a storage node: a target that exports a file.
 *
 * <pre>
 *   up                          opens the port, starts the target
 *   export address= file=       the file is there and has its size
 *   stat                        what the target has counted
 * </pre>
 *
 * <p>Confined to the thread that asks it, except {@link #kill}.
 */
public final class StorageAgent implements Agent {
    private final Port port;
    private volatile @Nullable EthernetLink link;
    private volatile @Nullable AoeTarget target;
    private volatile @Nullable BlockDevice disk;

    /**
     * A node that is not up yet.
     *
     * @param port its Ethernet
     */
    public StorageAgent(Port port) {
        this.port = port;
    }

    @Override
    public Message handle(Message request) throws Exception {
        return switch (request.verb()) {
            case "ping" -> Message.ok().with("interfaces", Interfaces.names());
            case "up" -> up();
            case "export" -> export(AoeAddress.parse(request.text("address")), Path.of(request.text("file")));
            case "stat" -> stat();
            default -> throw new IllegalArgumentException("unknown request \"" + request.verb() + "\"");
        };
    }

    private Message up() throws IOException {
        EthernetLink opened = port.open();
        link = opened;
        AoeTarget made = AoeTarget.create(TargetOptions.defaults());
        target = made;
        made.attach(opened);
        made.start();
        return Message.ok().with("link", opened.getClass().getSimpleName()).with("mtu", opened.mtu());
    }

    private AoeTarget target() {
        AoeTarget started = target;
        if (started == null) {
            throw new IllegalStateException("the port is not open: \"up\" comes first");
        }
        return started;
    }

    private Message export(AoeAddress address, Path file) throws IOException {
        BlockDevice opened = Disks.open(file);
        disk = opened;
        // The lab kills processes, not machines: what the page cache holds survives that. The mirror flushes besides.
        target().export(
                        address,
                        opened,
                        ExportOptions.builder()
                                .writePolicy(WritePolicy.BUFFERED)
                                .build());
        return Message.ok().with("bytes", opened.geometry().size());
    }

    private Message stat() {
        long reads = 0;
        long writes = 0;
        long failed = 0;
        for (TargetSnapshot.ExportCounters export : target().snapshot().exports()) {
            reads += export.reads();
            writes += export.writes();
            failed += export.ataFailed() + export.aoeErrors();
        }
        return Message.ok().with("reads", reads).with("writes", writes).with("failed", failed);
    }

    @Override
    public void kill() {
        // The port first: from then on nobody hears what the rest still says.
        EthernetLink open = link;
        try {
            if (open != null) {
                open.close();
            }
            close();
        } catch (IOException e) {
            // Dead is dead; a real power cut does not say what it broke either.
        }
    }

    @Override
    public void close() throws IOException {
        AoeTarget running = target;
        EthernetLink open = link;
        BlockDevice file = disk;
        target = null;
        link = null;
        disk = null;
        Closing.all(running, open, file);
    }
}
