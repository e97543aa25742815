package io.diskless.drbd.session;

import io.diskless.drbd.netty.DrbdTransport;
import io.diskless.drbd.state.SplitBrainPolicies;
import io.diskless.drbd.state.StatePolicy;
import java.net.SocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What a resource is: its volumes, its peer, and what it runs on. Immutable; made by {@link #builder}. */
public final class DrbdOptions {
    /** What becomes of a Primary's requests while neither side has good data: {@code on-no-data-accessible}. */
    public enum OnNoData {
        /** They fail. */
        IO_ERROR,
        /** They wait until there is good data again, or {@link DrbdResource#resumeIo} lets them fail. */
        SUSPEND_IO
    }

    private final String name;
    private final SocketAddress local;
    private final SocketAddress peer;
    private final NetOptions net;
    private final SyncOptions sync;
    private final SplitBrainPolicies policies;
    private final OnNoData onNoData;
    private final StatePolicy.Fencing fencing;
    private final @Nullable FenceHandler fenceHandler;
    private final @Nullable Executor fenceExecutor;
    private final @Nullable DrbdTransport transport;
    private final @Nullable WriteTap tap;
    private final @Nullable Executor executor;
    private final RandomGenerator random;
    private final List<VolumeOptions> volumes;

    private DrbdOptions(Builder b) {
        name = b.name;
        local = Objects.requireNonNull(b.local, "local address");
        peer = Objects.requireNonNull(b.peer, "peer address");
        transport = b.transport;
        tap = b.tap;
        net = b.net;
        sync = b.sync;
        policies = b.policies;
        onNoData = b.onNoData;
        fencing = b.fencing;
        fenceHandler = b.fenceHandler;
        fenceExecutor = b.fenceExecutor;
        executor = b.executor;
        random = b.random;
        volumes = List.copyOf(b.volumes);
    }

    /**
     * A builder for a resource without volumes.
     *
     * @param name of the resource, for messages
     * @return a builder with the kernel's defaults
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /** {@return a builder that starts with these options} */
    public Builder toBuilder() {
        Builder b = new Builder(name);
        b.local = local;
        b.peer = peer;
        b.net = net;
        b.sync = sync;
        b.policies = policies;
        b.onNoData = onNoData;
        b.fencing = fencing;
        b.fenceHandler = fenceHandler;
        b.fenceExecutor = fenceExecutor;
        b.transport = transport;
        b.tap = tap;
        b.executor = executor;
        b.random = random;
        b.volumes.addAll(volumes);
        return b;
    }

    /** {@return the name of the resource} */
    public String name() {
        return name;
    }

    /** {@return where this side listens} */
    public SocketAddress local() {
        return local;
    }

    /** {@return where the peer listens} */
    public SocketAddress peer() {
        return peer;
    }

    /** {@return how to talk to the peer} */
    public NetOptions net() {
        return net;
    }

    /** {@return how fast to resync and to verify} */
    public SyncOptions sync() {
        return sync;
    }

    /** {@return who gives in when both sides were written to alone; alike on both sides} */
    public SplitBrainPolicies splitBrain() {
        return policies;
    }

    /** {@return what becomes of a Primary's requests while neither side has good data} */
    public OnNoData onNoData() {
        return onNoData;
    }

    /** {@return what becomes of a peer that this side goes on without} */
    public StatePolicy.Fencing fencing() {
        return fencing;
    }

    /** Asked for only where {@link #fencing} is not {@code dont-care}. */
    FenceHandler fenceHandler() {
        return Objects.requireNonNull(fenceHandler, "fence handler");
    }

    /** As {@link #fenceHandler}. */
    Executor fenceExecutor() {
        return Objects.requireNonNull(fenceExecutor, "executor of the fence handler");
    }

    /** {@return the volumes} */
    public List<VolumeOptions> volumes() {
        return volumes;
    }

    /** Asked for only where one is set: an open resource has one. */
    DrbdTransport transport() {
        return Objects.requireNonNull(transport, "transport");
    }

    boolean hasTransport() {
        return transport != null;
    }

    @Nullable
    WriteTap tap() {
        return tap;
    }

    @Nullable
    Executor executor() {
        return executor;
    }

    RandomGenerator random() {
        return random;
    }

    /** Collects options. Not thread-safe. */
    public static final class Builder {
        private final String name;
        private final List<VolumeOptions> volumes = new ArrayList<>();
        private @Nullable SocketAddress local;
        private @Nullable SocketAddress peer;
        private NetOptions net = NetOptions.builder().build();
        private SyncOptions sync = SyncOptions.DEFAULT;
        private SplitBrainPolicies policies = SplitBrainPolicies.DEFAULT;
        private OnNoData onNoData = OnNoData.IO_ERROR;
        private StatePolicy.Fencing fencing = StatePolicy.Fencing.DONT_CARE;
        private @Nullable FenceHandler fenceHandler;
        private @Nullable Executor fenceExecutor;
        private @Nullable DrbdTransport transport;
        private @Nullable WriteTap tap;
        private @Nullable Executor executor;
        private RandomGenerator random = new SecureRandom();

        private Builder(String name) {
            this.name = Objects.requireNonNull(name, "name");
        }

        /**
         * The two ends of the connection.
         *
         * @param listen where this side listens, and which host its own connections come from
         * @param connect where the peer listens
         * @return this
         */
        public Builder addresses(SocketAddress listen, SocketAddress connect) {
            local = listen;
            peer = connect;
            return this;
        }

        /**
         * How to talk to the peer.
         *
         * @param value the kernel's defaults without this call
         * @return this
         */
        public Builder net(NetOptions value) {
            net = value;
            return this;
        }

        /**
         * How fast to resync and to verify.
         *
         * @param value the kernel's defaults without this call
         * @return this
         */
        public Builder sync(SyncOptions value) {
            sync = value;
            return this;
        }

        /**
         * Who gives in when both sides were written to alone.
         *
         * @param value alike on both sides; nobody without this call
         * @return this
         */
        public Builder splitBrain(SplitBrainPolicies value) {
            policies = value;
            return this;
        }

        /**
         * What becomes of a Primary's requests while neither side has good data.
         *
         * @param value they fail without this call
         * @return this
         */
        public Builder onNoData(OnNoData value) {
            onNoData = value;
            return this;
        }

        /**
         * What becomes of a peer that this side goes on without: {@code fencing}. Other than {@code dont-care} it needs a
         * {@linkplain #fenceHandler handler}.
         *
         * @param value {@code dont-care} without this call
         * @return this
         */
        public Builder fencing(StatePolicy.Fencing value) {
            fencing = value;
            return this;
        }

        /**
         * Who fences the peer.
         *
         * @param handler may block
         * @param on where it is called; the caller ends it after the resource
         * @return this
         */
        public Builder fenceHandler(FenceHandler handler, Executor on) {
            fenceHandler = handler;
            fenceExecutor = on;
            return this;
        }

        /**
         * Where connections come from. Without this call the resource has TCP with threads of its own, which end with it;
         * several resources of a process better share one.
         *
         * @param value the caller closes it after the resource
         * @return this
         */
        public Builder transport(DrbdTransport value) {
            transport = value;
            return this;
        }

        /**
         * Where blocking devices are used: disks are touched on its threads and not on the connection's.
         *
         * @param value the caller ends it after the resource; without this call devices are used on the event loop, which
         *     is right for those that do not block
         * @return this
         */
        public Builder executor(Executor value) {
            executor = value;
            return this;
        }

        /**
         * Who is told of the peer's writes; nobody without this call.
         *
         * @param value called on the resource's event loop
         * @return this
         */
        public Builder tap(WriteTap value) {
            tap = value;
            return this;
        }

        /**
         * Draws identifiers, challenges and jitter.
         *
         * @param value a secure one outside tests
         * @return this
         */
        public Builder random(RandomGenerator value) {
            random = value;
            return this;
        }

        /**
         * Adds a volume.
         *
         * @param value has a number of its own
         * @return this
         */
        public Builder volume(VolumeOptions value) {
            volumes.add(value);
            return this;
        }

        /**
         * Checks that the options fit together.
         *
         * @return the options
         * @throws IllegalArgumentException if they do not, saying which
         */
        public DrbdOptions build() {
            if (local == null || peer == null) {
                throw new IllegalArgumentException(
                        "resource " + name + " has no addresses; say with addresses() where both sides listen");
            }
            if (local.equals(peer)) {
                throw new IllegalArgumentException("resource " + name + " cannot be its own peer at " + local);
            }
            if (volumes.isEmpty()) {
                throw new IllegalArgumentException("resource " + name + " has no volume; add one with volume()");
            }
            if (fencing != StatePolicy.Fencing.DONT_CARE && (fenceHandler == null || fenceExecutor == null)) {
                throw new IllegalArgumentException("resource " + name
                        + " is to fence its peer and has nobody to do it; give it one with fenceHandler()");
            }
            Set<Integer> numbers = new HashSet<>();
            for (VolumeOptions v : volumes) {
                if (!numbers.add(v.number())) {
                    throw new IllegalArgumentException("resource " + name + " has volume " + v.number() + " twice");
                }
            }
            if (volumes.size() > 1 && net.minVersion() < 100) {
                net = net.toBuilder().versions(100, net.maxVersion()).build();
            }
            return new DrbdOptions(this);
        }
    }
}
