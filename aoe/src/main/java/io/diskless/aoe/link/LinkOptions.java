package io.diskless.aoe.link;

import java.util.Objects;

/** How a link to an interface of the system is opened. Immutable. */
public final class LinkOptions {
    /** Which frames the link is for; the kernel's filter refuses the others before they cost anything. */
    public enum Role {
        /** Requests only. */
        TARGET,
        /** Responses only. */
        INITIATOR,
        /** Both. */
        BOTH
    }

    /** Which kind of link is wanted. */
    public enum Preference {
        /** Rings, or a plain socket where rings are not possible. */
        BEST,
        /** Rings or an error. */
        RING,
        /** A plain socket or an error. */
        SOCKET
    }

    /** How frames are shared out among the links of {@link Links#openFanout}. */
    public enum Fanout {
        /** In turn. AoE knows no order between requests. */
        ROUND_ROBIN,
        /** By the low bits of the tag. */
        TAG,
        /** By the 4 KiB block that an ATA command addresses, so that one link sees all commands for a block. */
        BLOCK
    }

    private static final LinkOptions DEFAULTS = builder().build();

    private final Role role;
    private final Preference preference;
    private final int receiveSlots;
    private final int sendSlots;
    private final int slotMtu;
    private final int alignment;
    private final int socketBuffer;
    private final boolean bypassQueue;
    private final Fanout fanout;

    private LinkOptions(Builder b) {
        role = b.role;
        preference = b.preference;
        receiveSlots = b.receiveSlots;
        sendSlots = b.sendSlots;
        slotMtu = b.slotMtu;
        alignment = b.alignment;
        socketBuffer = b.socketBuffer;
        bypassQueue = b.bypassQueue;
        fanout = b.fanout;
    }

    /**
     * The best link, 128 receive and 64 transmit slots, sector data aligned for direct I/O.
     *
     * @return the options most programs want
     */
    public static LinkOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Starts from {@link #defaults()}.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Starts from these.
     *
     * @return a new builder with the values of this object
     */
    public Builder toBuilder() {
        Builder b = new Builder();
        b.role = role;
        b.preference = preference;
        b.receiveSlots = receiveSlots;
        b.sendSlots = sendSlots;
        b.slotMtu = slotMtu;
        b.alignment = alignment;
        b.socketBuffer = socketBuffer;
        b.bypassQueue = bypassQueue;
        b.fanout = fanout;
        return b;
    }

    /** {@return which frames the link is for} */
    public Role role() {
        return role;
    }

    /** {@return which kind of link is wanted} */
    public Preference preference() {
        return preference;
    }

    /** {@return receive slots, at least} */
    public int receiveSlots() {
        return receiveSlots;
    }

    /** {@return transmit slots, at least} */
    public int sendSlots() {
        return sendSlots;
    }

    /** {@return the largest MTU the slots are made for; 0 for that of the interface, between 1500 and 9216} */
    public int slotMtu() {
        return slotMtu;
    }

    /** {@return alignment of sector data in ring slots: 1, 512, 4096; 0 for the best that costs no memory} */
    public int alignment() {
        return alignment;
    }

    /** {@return bytes asked for as receive buffer of a plain socket} */
    public int socketBuffer() {
        return socketBuffer;
    }

    /** {@return whether frames skip traffic control} */
    public boolean bypassQueue() {
        return bypassQueue;
    }

    /** {@return how several links share} */
    public Fanout fanout() {
        return fanout;
    }

    boolean requests() {
        return role != Role.INITIATOR;
    }

    boolean responses() {
        return role != Role.TARGET;
    }

    /** Collects {@link LinkOptions}. Not thread-safe. */
    public static final class Builder {
        private static final int MAX_SLOTS = 1 << 16;

        private Role role = Role.BOTH;
        private Preference preference = Preference.BEST;
        private int receiveSlots = 128;
        private int sendSlots = 64;
        private int slotMtu;
        private int alignment;
        private int socketBuffer = 4 << 20;
        private boolean bypassQueue;
        private Fanout fanout = Fanout.ROUND_ROBIN;

        private Builder() {}

        /**
         * Says what the link is for.
         *
         * @param value default BOTH
         * @return this
         */
        public Builder role(Role value) {
            role = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Says which kind of link is wanted.
         *
         * @param value default BEST
         * @return this
         */
        public Builder preference(Preference value) {
            preference = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Sets how many frames wait while nobody polls. Rings round up to a power of two, and to 64 KiB of memory. The
         * kernel goes round through all slots, so a ring that fits the processor's cache is faster than a larger one: ask
         * for more only where more frames than this come at once.
         *
         * @param value 1 to 65536, default 128
         * @return this
         */
        public Builder receiveSlots(int value) {
            receiveSlots = value;
            return this;
        }

        /**
         * Sets how many frames may be in flight. Rings round up to a power of two, and to 64 KiB of memory; small ones are
         * faster, as with {@link #receiveSlots}.
         *
         * @param value 1 to 65536, default 64
         * @return this
         */
        public Builder sendSlots(int value) {
            sendSlots = value;
            return this;
        }

        /**
         * Makes the slots for a larger MTU than the interface has now.
         *
         * @param value 68 to 65535, or 0 for that of the interface, between 1500 and 9216
         * @return this
         */
        public Builder slotMtu(int value) {
            slotMtu = value;
            return this;
        }

        /**
         * Asks for aligned sector data, for direct I/O from and to the slots of a ring.
         *
         * @param value 1, 512 or 4096; 0, the default, for the best that costs no memory
         * @return this
         */
        public Builder alignment(int value) {
            alignment = value;
            return this;
        }

        /**
         * Sets the receive buffer of a plain socket. Beyond the system's limit (net.core.rmem_max) it needs CAP_NET_ADMIN.
         *
         * @param bytes at least 64 KiB, default 4 MiB
         * @return this
         */
        public Builder socketBuffer(int bytes) {
            socketBuffer = bytes;
            return this;
        }

        /**
         * Skips traffic control when sending: cheaper, but nothing is queued in front of a busy card, and sniffers do not
         * see what is sent.
         *
         * @param value default false
         * @return this
         */
        public Builder bypassQueue(boolean value) {
            bypassQueue = value;
            return this;
        }

        /**
         * Says how several links over one interface share.
         *
         * @param value default ROUND_ROBIN
         * @return this
         */
        public Builder fanout(Fanout value) {
            fanout = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Checks everything at once.
         *
         * @return new options
         * @throws IllegalArgumentException if a value is out of range
         */
        public LinkOptions build() {
            check(receiveSlots >= 1 && receiveSlots <= MAX_SLOTS, "receiveSlots is 1 to 65536, got " + receiveSlots);
            check(sendSlots >= 1 && sendSlots <= MAX_SLOTS, "sendSlots is 1 to 65536, got " + sendSlots);
            check(slotMtu == 0 || (slotMtu >= 68 && slotMtu <= 65535), "slotMtu is 68 to 65535 or 0, got " + slotMtu);
            check(
                    alignment == 0 || alignment == 1 || alignment == 512 || alignment == 4096,
                    "alignment is 0, 1, 512 or 4096, got " + alignment);
            check(socketBuffer >= 64 << 10, "socketBuffer is at least 65536, got " + socketBuffer);
            return new LinkOptions(this);
        }

        private static void check(boolean good, String message) {
            if (!good) {
                throw new IllegalArgumentException(message);
            }
        }
    }
}
