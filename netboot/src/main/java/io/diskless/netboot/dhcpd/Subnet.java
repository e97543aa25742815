package io.diskless.netboot.dhcpd;

import io.diskless.netboot.dhcp.DhcpHeader;
import io.diskless.netboot.dhcp.DhcpOption;
import java.net.Inet4Address;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A network whose machines are served, and what they are told about it. Immutable. */
public final class Subnet {
    /** The largest pool: its addresses are looked through one by one when it is full. */
    public static final int MAX_POOL = 1 << 16;

    private final Inet4Address network;
    private final int prefixLength;
    private final List<Inet4Address> routers;
    private final List<Inet4Address> nameServers;
    private final Optional<String> domain;
    private final List<DhcpOption> options;
    private final int poolFirst;
    private final int poolSize;

    private Subnet(Builder from) {
        network = DhcpHeader.address(bits(from.network) & mask(from.prefixLength));
        prefixLength = from.prefixLength;
        routers = List.copyOf(from.routers);
        nameServers = List.copyOf(from.nameServers);
        domain = Optional.ofNullable(from.domain);
        options = List.copyOf(from.options);
        poolFirst = from.poolFirst == null ? 0 : bits(from.poolFirst);
        poolSize = from.poolFirst == null ? 0 : poolSize(from);
    }

    private int poolSize(Builder from) {
        Inet4Address first = Objects.requireNonNull(from.poolFirst, "first");
        Inet4Address last = Objects.requireNonNull(from.poolLast, "last");
        long size = Integer.toUnsignedLong(bits(last)) - Integer.toUnsignedLong(bits(first)) + 1;
        if (!contains(first) || !contains(last) || size < 1 || size > MAX_POOL) {
            throw new IllegalArgumentException("expected a pool of 1 to " + MAX_POOL + " addresses within " + this
                    + ", got " + first.getHostAddress() + " to " + last.getHostAddress());
        }
        return (int) size;
    }

    /**
     * Starts with a network.
     *
     * @param address any address of it
     * @param prefixLength 1 to 30
     * @return a builder
     * @throws IllegalArgumentException if the length is outside
     */
    public static Builder builder(Inet4Address address, int prefixLength) {
        if (prefixLength < 1 || prefixLength > 30) {
            throw new IllegalArgumentException("expected a prefix of 1 to 30 bits, got " + prefixLength);
        }
        return new Builder(address, prefixLength);
    }

    static int bits(Inet4Address address) {
        return ByteBuffer.wrap(address.getAddress()).getInt();
    }

    private static int mask(int prefixLength) {
        return -1 << (32 - prefixLength);
    }

    /**
     * The first address, which no machine has.
     *
     * @return the network's address
     */
    public Inet4Address network() {
        return network;
    }

    /**
     * How many bits are the same in all its addresses.
     *
     * @return 1 to 30
     */
    public int prefixLength() {
        return prefixLength;
    }

    /**
     * The mask, for option 1.
     *
     * @return such as 255.255.255.0
     */
    public Inet4Address netmask() {
        return DhcpHeader.address(mask(prefixLength));
    }

    /**
     * The last address, which all machines have.
     *
     * @return the broadcast address
     */
    public Inet4Address broadcast() {
        return DhcpHeader.address(bits(network) | ~mask(prefixLength));
    }

    /**
     * Routers, by preference.
     *
     * @return none or more
     */
    public List<Inet4Address> routers() {
        return routers;
    }

    /**
     * Name servers, by preference.
     *
     * @return none or more
     */
    public List<Inet4Address> nameServers() {
        return nameServers;
    }

    /**
     * The domain of the machines' names.
     *
     * @return the domain, if it is set
     */
    public Optional<String> domain() {
        return domain;
    }

    /**
     * Further options for machines that ask for them.
     *
     * @return none or more
     */
    public List<DhcpOption> options() {
        return options;
    }

    /**
     * Whether a machine could have this address here.
     *
     * @param address the address
     * @return false of other networks' addresses, and of the first and the last
     */
    public boolean contains(Inet4Address address) {
        return covers(address) && !address.equals(network) && !address.equals(broadcast());
    }

    /** Whether an address is of this network, the first and the last included. */
    boolean covers(Inet4Address address) {
        return (bits(address) & mask(prefixLength)) == bits(network);
    }

    /**
     * How many addresses the pool has.
     *
     * @return 0 where there is no pool
     */
    public int poolSize() {
        return poolSize;
    }

    /**
     * An address of the pool.
     *
     * @param index 0 to {@link #poolSize()} - 1
     * @return the address
     */
    public Inet4Address poolAddress(int index) {
        return DhcpHeader.address(poolFirst + Objects.checkIndex(index, poolSize));
    }

    /**
     * Whether an address is one of the pool.
     *
     * @param address the address
     * @return whether the pool has it
     */
    public boolean isInPool(Inet4Address address) {
        long index = Integer.toUnsignedLong(bits(address)) - Integer.toUnsignedLong(poolFirst);
        return index >= 0 && index < poolSize;
    }

    /** Such as {@code 10.77.0.0/24}. */
    @Override
    public String toString() {
        return network.getHostAddress() + "/" + prefixLength;
    }

    /** Makes subnets. Not thread-safe. */
    public static final class Builder {
        private final Inet4Address network;
        private final int prefixLength;
        private final List<Inet4Address> routers = new ArrayList<>();
        private final List<Inet4Address> nameServers = new ArrayList<>();
        private final List<DhcpOption> options = new ArrayList<>();
        private @Nullable String domain;
        private @Nullable Inet4Address poolFirst;
        private @Nullable Inet4Address poolLast;

        private Builder(Inet4Address network, int prefixLength) {
            this.network = network;
            this.prefixLength = prefixLength;
        }

        /**
         * Adds a router.
         *
         * @param address the router
         * @return this
         */
        public Builder router(Inet4Address address) {
            routers.add(address);
            return this;
        }

        /**
         * Adds a name server.
         *
         * @param address the server
         * @return this
         */
        public Builder nameServer(Inet4Address address) {
            nameServers.add(address);
            return this;
        }

        /**
         * Sets the domain.
         *
         * @param name the domain
         * @return this
         */
        public Builder domain(String name) {
            domain = name;
            return this;
        }

        /**
         * Adds an option for machines that ask for it.
         *
         * @param option any option but those that the server sets itself
         * @return this
         */
        public Builder option(DhcpOption option) {
            options.add(option);
            return this;
        }

        /**
         * A pool for machines without a reserved address. There is none unless set.
         *
         * @param first the first address
         * @param last the last one
         * @return this
         */
        public Builder pool(Inet4Address first, Inet4Address last) {
            poolFirst = first;
            poolLast = last;
            return this;
        }

        /**
         * The subnet.
         *
         * @return an immutable subnet
         * @throws IllegalArgumentException if the pool is not within it, or too large
         */
        public Subnet build() {
            return new Subnet(this);
        }
    }
}
