package io.diskless.node;

import io.diskless.netboot.NetbootException;
import io.diskless.netboot.boot.BootProfile;
import io.diskless.netboot.boot.HostTag;
import io.diskless.netboot.dhcpd.LeaseJournal;
import io.diskless.netboot.dhcpd.LeaseStore;
import io.diskless.netboot.tftp.TftpContent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** How a ConfigNode runs. Immutable; made by {@link #builder}. */
public final class ConfigOptions {
    /** Opens what addresses are kept in. */
    @FunctionalInterface
    public interface Leases {
        /**
         * Opens it; called each time that the node takes over, so that it holds what the last one kept.
         *
         * @return closed by the runtime
         * @throws NetbootException if it cannot be opened
         */
        LeaseStore open() throws NetbootException;
    }

    private final BootService service;
    private final Leases leases;
    private final TftpContent files;
    private final Map<HostTag, BootProfile> profiles;
    private final StepMemory memory;
    private final String leaseKey;
    private final Duration ttl;
    private final boolean automatic;
    private final LongSupplier nanos;
    private final Consumer<? super ConfigHealth> listener;

    private ConfigOptions(Builder b) {
        service = b.service;
        leases = b.leases;
        files = b.files;
        profiles = new EnumMap<>(b.profiles);
        memory = b.memory;
        leaseKey = b.leaseKey;
        ttl = b.ttl;
        automatic = b.automatic;
        nanos = b.nanos;
        listener = b.listener;
    }

    /**
     * A builder: a lease of ten seconds, taken whenever it is free.
     *
     * @param service opens the servers
     * @return a builder
     */
    public static Builder builder(BootService service) {
        return new Builder(service);
    }

    BootService service() {
        return service;
    }

    Leases leases() {
        return leases;
    }

    TftpContent files() {
        return files;
    }

    Map<HostTag, BootProfile> profiles() {
        return profiles;
    }

    StepMemory memory() {
        return memory;
    }

    String leaseKey() {
        return leaseKey;
    }

    Duration ttl() {
        return ttl;
    }

    boolean automatic() {
        return automatic;
    }

    LongSupplier nanos() {
        return nanos;
    }

    Consumer<? super ConfigHealth> listener() {
        return listener;
    }

    /** Collects options. Not thread-safe. */
    public static final class Builder {
        private final BootService service;
        private final Map<HostTag, BootProfile> profiles = new EnumMap<>(HostTag.class);
        private Leases leases = LeaseStore::memory;
        private TftpContent files = (name, client) -> Optional.empty();
        private StepMemory memory = StepMemory.inMemory();
        private String leaseKey = "serve-boot";
        private Duration ttl = Duration.ofSeconds(10);
        private boolean automatic = true;
        private LongSupplier nanos = System::nanoTime;
        private Consumer<? super ConfigHealth> listener = health -> {};

        private Builder(BootService service) {
            this.service = Objects.requireNonNull(service, "service");
        }

        /**
         * Where addresses are kept; in memory unless set, which a standby knows nothing of. The file is locked while a node
         * serves: a holder that is frozen and not dead keeps the lock beyond its lease, and the standby serves when it was
         * cut off.
         *
         * @param file on a volume that both of a pair see
         * @return this
         */
        public Builder leases(Path file) {
            return leases(() -> LeaseJournal.open(file));
        }

        /**
         * Where addresses are kept.
         *
         * @param value opens it at each take-over
         * @return this
         */
        public Builder leases(Leases value) {
            leases = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Programs, kernels and initial file systems; none unless set.
         *
         * @param value handed out by TFTP and HTTP
         * @return this
         */
        public Builder files(TftpContent value) {
            files = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * How machines of a role boot that say nothing themselves.
         *
         * @param tag the role
         * @param profile how
         * @return this
         */
        public Builder profile(HostTag tag, BootProfile profile) {
            profiles.put(tag, Objects.requireNonNull(profile, "profile"));
            return this;
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
         * The lease of the store without which nothing is answered.
         *
         * @param key alike for all that may serve one network; {@code serve-boot} unless set
         * @param duration how long a silent holder keeps it, 10 s unless set; at least 100 ms. It is renewed each third of that
         * @return this
         * @throws IllegalArgumentException if it is too short
         */
        public Builder lease(String key, Duration duration) {
            if (duration.toMillis() < 100) {
                throw new IllegalArgumentException("a lease lasts at least 100 ms, got " + duration);
            }
            leaseKey = key;
            ttl = duration;
            return this;
        }

        /**
         * Whether the lease is taken whenever it is free. Otherwise only a step of a plan lets the node serve.
         *
         * @param value true unless set
         * @return this
         */
        public Builder automatic(boolean value) {
            automatic = value;
            return this;
        }

        /**
         * Tells how long ago a lease was renewed.
         *
         * @param value nanoseconds from anywhere, never back; {@link System#nanoTime} unless set
         * @return this
         */
        public Builder nanos(LongSupplier value) {
            nanos = value;
            return this;
        }

        /**
         * Who hears when the node begins or ends to serve, and when it knows a newer site.
         *
         * @param value called on the runtime's thread: it must not block
         * @return this
         */
        public Builder listener(Consumer<? super ConfigHealth> value) {
            listener = value;
            return this;
        }

        /** {@return the options} */
        public ConfigOptions build() {
            return new ConfigOptions(this);
        }
    }
}
