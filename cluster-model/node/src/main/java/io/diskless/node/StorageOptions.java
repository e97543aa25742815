package io.diskless.node;

import io.diskless.aoe.target.ExportOptions;
import io.diskless.aoe.target.TargetOptions;
import io.diskless.drbd.meta.MetaOptions;
import io.diskless.drbd.meta.MetaPlacement;
import io.diskless.drbd.netty.DrbdTransport;
import io.diskless.drbd.session.NetOptions;
import io.diskless.drbd.session.SyncOptions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** How a storage node runs. Immutable; made by {@link #builder}. */
public final class StorageOptions {
    private final StorageParts parts;
    private final StepMemory memory;
    private final @Nullable DrbdTransport transport;
    private final @Nullable Executor disks;
    private final UnaryOperator<NetOptions.Builder> net;
    private final SyncOptions sync;
    private final MetaOptions meta;
    private final boolean initialise;
    private final ExportOptions exports;
    private final TargetOptions target;
    private final ThreadFactory threads;
    private final InstantSource clock;
    private final Duration patience;
    private final Consumer<? super StorageEvent> listener;

    private StorageOptions(Builder b) {
        parts = b.parts;
        memory = b.memory;
        transport = b.transport;
        disks = b.disks;
        net = b.net;
        sync = b.sync;
        meta = b.meta;
        initialise = b.initialise;
        exports = b.exports;
        target = b.target;
        threads = b.threads;
        clock = b.clock;
        patience = b.patience;
        listener = b.listener;
    }

    /**
     * A builder with the protocols' defaults.
     *
     * @param parts disks, ports and addresses
     * @return a builder
     */
    public static Builder builder(StorageParts parts) {
        return new Builder(parts);
    }

    StorageParts parts() {
        return parts;
    }

    StepMemory memory() {
        return memory;
    }

    Optional<DrbdTransport> transport() {
        return Optional.ofNullable(transport);
    }

    Optional<Executor> disks() {
        return Optional.ofNullable(disks);
    }

    NetOptions.Builder net(NetOptions.Builder from) {
        return net.apply(from);
    }

    SyncOptions sync() {
        return sync;
    }

    MetaOptions meta() {
        return meta;
    }

    boolean initialise() {
        return initialise;
    }

    ExportOptions exports() {
        return exports;
    }

    TargetOptions target() {
        return target;
    }

    ThreadFactory threads() {
        return threads;
    }

    InstantSource clock() {
        return clock;
    }

    Duration patience() {
        return patience;
    }

    Consumer<? super StorageEvent> listener() {
        return listener;
    }

    /** Collects options. Not thread-safe. */
    public static final class Builder {
        private final StorageParts parts;
        private StepMemory memory = StepMemory.inMemory();
        private @Nullable DrbdTransport transport;
        private @Nullable Executor disks;
        private UnaryOperator<NetOptions.Builder> net = UnaryOperator.identity();
        private SyncOptions sync = SyncOptions.DEFAULT;
        private MetaOptions meta = MetaOptions.at(MetaPlacement.INTERNAL);
        private boolean initialise;
        private ExportOptions exports = ExportOptions.defaults();
        private TargetOptions target = TargetOptions.defaults();
        private ThreadFactory threads = work -> {
            Thread thread = new Thread(work, "diskless-node");
            thread.setDaemon(true);
            return thread;
        };
        private InstantSource clock = InstantSource.system();
        private Duration patience = Duration.ofMinutes(1);
        private Consumer<? super StorageEvent> listener = event -> {};

        private Builder(StorageParts parts) {
            this.parts = Objects.requireNonNull(parts, "parts");
        }

        /**
         * What is remembered of plans; nothing beyond the process unless set.
         *
         * @param value stays the caller's
         * @return this
         */
        public Builder memory(StepMemory value) {
            memory = value;
            return this;
        }

        /**
         * What carries replication; TCP with threads of its own unless set.
         *
         * @param value stays the caller's, open until the runtime is closed
         * @return this
         */
        public Builder transport(DrbdTransport value) {
            transport = value;
            return this;
        }

        /**
         * Where blocking disks are touched; on the threads of replication unless set, which is right for memory alone.
         *
         * @param value stays the caller's
         * @return this
         */
        public Builder disks(Executor value) {
            disks = value;
            return this;
        }

        /**
         * Times and limits of replication. Protocol, secrets and digests are the model's, and set afterwards.
         *
         * @param more gets a builder with the kernel's defaults
         * @return this
         */
        public Builder net(UnaryOperator<NetOptions.Builder> more) {
            net = more;
            return this;
        }

        /**
         * How fast copies are filled and compared.
         *
         * @param value the kernel's defaults unless set
         * @return this
         */
        public Builder sync(SyncOptions value) {
            sync = value;
            return this;
        }

        /**
         * Where meta-data lies: at the end of each disk unless set.
         *
         * @param value place and log; a place of its own is not known here
         * @return this
         * @throws IllegalArgumentException if it is not internal
         */
        public Builder meta(MetaOptions value) {
            if (value.placement().kind() != MetaPlacement.Kind.INTERNAL) {
                throw new IllegalArgumentException("meta-data lies at the end of each disk, got " + value.placement());
            }
            meta = value;
            return this;
        }

        /**
         * Whether disks without meta-data get it when the node starts. Otherwise only a step of a plan does that.
         *
         * @param value false unless set: the last bytes of such a disk are overwritten
         * @return this
         */
        public Builder initialise(boolean value) {
            initialise = value;
            return this;
        }

        /**
         * How volumes are exported; serial number and read-only are the model's.
         *
         * @param value the target's defaults unless set
         * @return this
         */
        public Builder exports(ExportOptions value) {
            exports = value;
            return this;
        }

        /**
         * How the targets work, one for each port.
         *
         * @param value the target's defaults unless set
         * @return this
         */
        public Builder target(TargetOptions value) {
            target = value;
            return this;
        }

        /**
         * Makes the one thread of the runtime.
         *
         * @param value daemons unless set
         * @return this
         */
        public Builder threads(ThreadFactory value) {
            threads = value;
            return this;
        }

        /**
         * Tells when a lease for two writers is over; looked at twice a second while there is one.
         *
         * @param value the system's clock unless set
         * @return this
         */
        public Builder clock(InstantSource value) {
            clock = value;
            return this;
        }

        /**
         * How long a step that lets this side write waits until the other side is seen not to, as the model says.
         *
         * @param value a minute unless set; longer than the peer's silence may last
         * @return this
         */
        public Builder patience(Duration value) {
            patience = value;
            return this;
        }

        /**
         * Who hears what happens.
         *
         * @param value called on the runtime's thread: it must not block
         * @return this
         */
        public Builder listener(Consumer<? super StorageEvent> value) {
            listener = value;
            return this;
        }

        /** {@return the options} */
        public StorageOptions build() {
            return new StorageOptions(this);
        }
    }
}
