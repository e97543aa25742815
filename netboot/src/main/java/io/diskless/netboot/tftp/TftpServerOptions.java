package io.diskless.netboot.tftp;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where a server listens and what it grants. Immutable. */
public final class TftpServerOptions {
    /** The port of RFC 1350. */
    public static final int PORT = 69;

    private final List<InetSocketAddress> listen;
    private final int maxBlockSize;
    private final int maxWindowBytes;
    private final Duration firstTimeout;
    private final int maxRepeats;
    private final int maxUnprovenRepeats;
    private final int maxTransfers;
    private final int maxTransfersPerSource;
    private final boolean backslashes;
    private final Optional<TftpStore> store;
    private final long maxUploadBytes;
    private final TftpListener listener;

    private TftpServerOptions(Builder from) {
        this.listen = List.copyOf(from.listen);
        this.maxBlockSize = within("maxBlockSize", from.maxBlockSize, 8, 65464);
        this.maxWindowBytes = within("maxWindowBytes", from.maxWindowBytes, 512, 1 << 24);
        this.firstTimeout = from.firstTimeout;
        this.maxRepeats = within("maxRepeats", from.maxRepeats, 1, 100);
        this.maxUnprovenRepeats = within("maxUnprovenRepeats", from.maxUnprovenRepeats, 0, 100);
        this.maxTransfers = within("maxTransfers", from.maxTransfers, 1, 60_000);
        this.maxTransfersPerSource = within("maxTransfersPerSource", from.maxTransfersPerSource, 1, 60_000);
        this.backslashes = from.backslashes;
        this.store = Optional.ofNullable(from.store);
        this.maxUploadBytes = from.maxUploadBytes;
        this.listener = from.listener;
        if (maxUploadBytes < 0) {
            throw new IllegalArgumentException("expected maxUploadBytes of 0 or more, but it is " + maxUploadBytes);
        }
        if (listen.isEmpty()) {
            throw new IllegalArgumentException("expected an address to listen on, but there is none");
        }
        if (firstTimeout.compareTo(Duration.ofMillis(10)) < 0 || firstTimeout.compareTo(Duration.ofSeconds(255)) > 0) {
            throw new IllegalArgumentException("expected a firstTimeout of 10 ms to 255 s, but it is " + firstTimeout);
        }
    }

    private static int within(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "expected " + name + " from " + least + " to " + most + ", but it is " + value);
        }
        return value;
    }

    /**
     * Starts with the defaults.
     *
     * @return a builder without an address
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Starts with these options.
     *
     * @return a builder that makes the same again
     */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.listen.addAll(listen);
        builder.store = store.orElse(null);
        builder.maxUploadBytes = maxUploadBytes;
        return builder.maxBlockSize(maxBlockSize)
                .maxWindowBytes(maxWindowBytes)
                .firstTimeout(firstTimeout)
                .maxRepeats(maxRepeats)
                .maxUnprovenRepeats(maxUnprovenRepeats)
                .maxTransfers(maxTransfers)
                .maxTransfersPerSource(maxTransfersPerSource)
                .backslashes(backslashes)
                .listener(listener);
    }

    /**
     * Where requests are awaited.
     *
     * @return one or more addresses
     */
    public List<InetSocketAddress> listen() {
        return listen;
    }

    /**
     * The largest block that is granted.
     *
     * @return bytes, 8 to 65464
     */
    public int maxBlockSize() {
        return maxBlockSize;
    }

    /**
     * How much is sent for one acknowledgement.
     *
     * @return bytes; at least one block is always sent
     */
    public int maxWindowBytes() {
        return maxWindowBytes;
    }

    /**
     * The first wait for an answer where the client said none; later waits double up to 8 s.
     *
     * @return 10 ms to 255 s
     */
    public Duration firstTimeout() {
        return firstTimeout;
    }

    /**
     * How often silence repeats the same window before the transfer ends.
     *
     * @return 1 to 100
     */
    public int maxRepeats() {
        return maxRepeats;
    }

    /**
     * The same while the client has not answered once, so that its address may be forged.
     *
     * @return 0 to 100
     */
    public int maxUnprovenRepeats() {
        return maxUnprovenRepeats;
    }

    /**
     * Transfers at the same time; each has a port of its own. Requests beyond are dropped, and clients ask again.
     *
     * @return 1 to 60000
     */
    public int maxTransfers() {
        return maxTransfers;
    }

    /**
     * The same for one client address.
     *
     * @return 1 to 60000
     */
    public int maxTransfersPerSource() {
        return maxTransfersPerSource;
    }

    /**
     * Whether a backslash in a name separates parts; otherwise such names are refused.
     *
     * @return true for Windows' boot managers
     */
    public boolean backslashes() {
        return backslashes;
    }

    /**
     * Where files go that clients write.
     *
     * @return the store; empty where every write is refused
     */
    public Optional<TftpStore> store() {
        return store;
    }

    /**
     * The largest file that a client may write; one that is larger gets ERROR 3.
     *
     * @return bytes, 0 or more
     */
    public long maxUploadBytes() {
        return maxUploadBytes;
    }

    /**
     * Who hears of ended transfers.
     *
     * @return the listener
     */
    public TftpListener listener() {
        return listener;
    }

    /** Makes options. Not thread-safe. */
    public static final class Builder {
        private final List<InetSocketAddress> listen = new ArrayList<>();
        // An Ethernet frame's 1500 bytes less IPv4's 20, UDP's 8 and TFTP's 4: never a fragment.
        private int maxBlockSize = 1468;
        // A Linux socket takes 212992 bytes with the overhead of each packet; 64 KiB of full frames fit.
        private int maxWindowBytes = 1 << 16;
        private Duration firstTimeout = Duration.ofSeconds(1);
        private int maxRepeats = 6;
        private int maxUnprovenRepeats = 3;
        private int maxTransfers = 2_000;
        private int maxTransfersPerSource = 32;
        private boolean backslashes;
        private @Nullable TftpStore store;
        private long maxUploadBytes;
        private TftpListener listener = report -> {};

        private Builder() {}

        /**
         * Adds an address. Replies come from the address that was asked, so name each; with a wildcard address the system's
         * routes choose, which may be wrong on machines with several.
         *
         * @param address an address and a port; 0 takes a free one
         * @return this
         */
        public Builder listen(InetSocketAddress address) {
            listen.add(Objects.requireNonNull(address, "address"));
            return this;
        }

        /**
         * Sets {@link TftpServerOptions#maxBlockSize()}; 1468 unless set, which fits an Ethernet frame.
         *
         * @param bytes 8 to 65464
         * @return this
         */
        public Builder maxBlockSize(int bytes) {
            maxBlockSize = bytes;
            return this;
        }

        /**
         * Sets {@link TftpServerOptions#maxWindowBytes()}; 65536 unless set.
         *
         * @param bytes 512 to 16777216
         * @return this
         */
        public Builder maxWindowBytes(int bytes) {
            maxWindowBytes = bytes;
            return this;
        }

        /**
         * Sets {@link TftpServerOptions#firstTimeout()}; one second unless set.
         *
         * @param wait 10 ms to 255 s
         * @return this
         */
        public Builder firstTimeout(Duration wait) {
            firstTimeout = Objects.requireNonNull(wait, "wait");
            return this;
        }

        /**
         * Sets {@link TftpServerOptions#maxRepeats()}; 6 unless set.
         *
         * @param repeats 1 to 100
         * @return this
         */
        public Builder maxRepeats(int repeats) {
            maxRepeats = repeats;
            return this;
        }

        /**
         * Sets {@link TftpServerOptions#maxUnprovenRepeats()}; 3 unless set.
         *
         * @param repeats 0 to 100
         * @return this
         */
        public Builder maxUnprovenRepeats(int repeats) {
            maxUnprovenRepeats = repeats;
            return this;
        }

        /**
         * Sets {@link TftpServerOptions#maxTransfers()}; 2000 unless set.
         *
         * @param transfers 1 to 60000
         * @return this
         */
        public Builder maxTransfers(int transfers) {
            maxTransfers = transfers;
            return this;
        }

        /**
         * Sets {@link TftpServerOptions#maxTransfersPerSource()}; 32 unless set.
         *
         * @param transfers 1 to 60000
         * @return this
         */
        public Builder maxTransfersPerSource(int transfers) {
            maxTransfersPerSource = transfers;
            return this;
        }

        /**
         * Sets {@link TftpServerOptions#backslashes()}; refused unless set.
         *
         * @param separate whether a backslash separates parts
         * @return this
         */
        public Builder backslashes(boolean separate) {
            backslashes = separate;
            return this;
        }

        /**
         * Lets clients write files; every write is refused unless this is set. Anybody who reaches the server can write: TFTP
         * knows no passwords.
         *
         * @param where such as {@link TftpStore#files}
         * @param maxBytes the largest file, 0 or more bytes
         * @return this
         */
        public Builder writes(TftpStore where, long maxBytes) {
            store = Objects.requireNonNull(where, "where");
            maxUploadBytes = maxBytes;
            return this;
        }

        /**
         * Sets {@link TftpServerOptions#listener()}; nobody unless set.
         *
         * @param hears the listener
         * @return this
         */
        public Builder listener(TftpListener hears) {
            listener = Objects.requireNonNull(hears, "hears");
            return this;
        }

        /**
         * Checks everything.
         *
         * @return the options
         * @throws IllegalArgumentException where a value is out of its range or there is no address
         */
        public TftpServerOptions build() {
            return new TftpServerOptions(this);
        }
    }
}
