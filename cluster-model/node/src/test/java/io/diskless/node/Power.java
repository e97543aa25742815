package io.diskless.node;

import io.diskless.aoe.link.SegmentPort;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.Completion;
import io.diskless.drbd.netty.DrbdTransport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** The power supply of one node. When it is cut, disks take and answer nothing, and ports and sockets are gone. */
final class Power {
    private final DrbdTransport transport = DrbdTransport.tcp();
    private final List<BlockDevice> disks = new CopyOnWriteArrayList<>();
    private final List<SegmentPort> ports = new CopyOnWriteArrayList<>();
    private volatile boolean off;

    DrbdTransport transport() {
        return transport;
    }

    BlockDevice disk(BlockDevice disk) {
        disks.add(disk);
        return new Powered(disk);
    }

    SegmentPort port(SegmentPort port) {
        ports.add(port);
        return port;
    }

    void cut() throws IOException {
        off = true;
        for (SegmentPort port : ports) {
            port.close();
        }
        transport.close();
        for (BlockDevice disk : disks) {
            disk.close();
        }
    }

    /** At the end of a test: a node that was switched off is left as it is, its threads are daemons. */
    void end(StorageNodeRuntime node) throws IOException {
        if (!off) {
            node.close();
            transport.close();
        }
    }

    /** A disk whose requests end while there is power. */
    private final class Powered implements BlockDevice {
        private final BlockDevice disk;

        Powered(BlockDevice disk) {
            this.disk = disk;
        }

        private Completion whilePowered(Completion done) {
            return new Completion() {
                @Override
                public void completed() {
                    if (!off) {
                        done.completed();
                    }
                }

                @Override
                public void failed(BlockException cause) {
                    if (!off) {
                        done.failed(cause);
                    }
                }
            };
        }

        @Override
        public BlockGeometry geometry() {
            return disk.geometry();
        }

        @Override
        public boolean completesInline() {
            return disk.completesInline();
        }

        @Override
        public void read(long offset, ByteBuffer dst, Completion done) {
            if (!off) {
                disk.read(offset, dst, whilePowered(done));
            }
        }

        @Override
        public void write(long offset, ByteBuffer src, int flags, Completion done) {
            if (!off) {
                disk.write(offset, src, flags, whilePowered(done));
            }
        }

        @Override
        public void flush(Completion done) {
            if (!off) {
                disk.flush(whilePowered(done));
            }
        }

        @Override
        public void discard(long offset, long length, Completion done) {
            if (!off) {
                disk.discard(offset, length, whilePowered(done));
            }
        }

        @Override
        public void writeZeroes(long offset, long length, Completion done) {
            if (!off) {
                disk.writeZeroes(offset, length, whilePowered(done));
            }
        }

        @Override
        public Subscription onGeometryChange(Consumer<BlockGeometry> listener) {
            return disk.onGeometryChange(listener);
        }

        @Override
        public void close() throws BlockException {
            disk.close();
        }
    }
}
