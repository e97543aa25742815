package io.diskless.aoe.target;

import io.diskless.aoe.wire.ConfigFields;
import io.diskless.aoe.wire.MaskFields;
import java.util.Objects;

/**
 * How one device is exported. Immutable; made by {@link #builder()}.
 */
public final class ExportOptions {
    private static final ExportOptions DEFAULTS = builder().build();

    private final WritePolicy writePolicy;
    private final boolean readOnly;
    private final String serial;
    private final String model;
    private final byte[] configString;
    private final boolean persistMask;
    private final boolean persistReservations;
    private final boolean maskAllOrNothing;
    private final int maskCapacity;

    private ExportOptions(Builder b) {
        writePolicy = b.writePolicy;
        readOnly = b.readOnly;
        serial = b.serial;
        model = b.model;
        configString = b.configString;
        persistMask = b.persistMask;
        persistReservations = b.persistReservations;
        maskAllOrNothing = b.maskAllOrNothing;
        maskCapacity = b.maskCapacity;
    }

    /**
     * Write-through, writable where the device is, an empty config string.
     *
     * @return the defaults
     */
    public static ExportOptions defaults() {
        return DEFAULTS;
    }

    /**
     * A builder that starts with the defaults.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * A builder that starts with these options.
     *
     * @return a new builder
     */
    public Builder toBuilder() {
        Builder b = new Builder();
        b.writePolicy = writePolicy;
        b.readOnly = readOnly;
        b.serial = serial;
        b.model = model;
        b.configString = configString;
        b.persistMask = persistMask;
        b.persistReservations = persistReservations;
        b.maskAllOrNothing = maskAllOrNothing;
        b.maskCapacity = maskCapacity;
        return b;
    }

    /**
     * When an answered write is durable.
     *
     * @return the policy
     */
    public WritePolicy writePolicy() {
        return writePolicy;
    }

    /**
     * Whether writes are refused although the device would take them.
     *
     * @return the initial state, see {@link Export#setReadOnly}
     */
    public boolean readOnly() {
        return readOnly;
    }

    /**
     * What IDENTIFY tells as serial number; empty for the address of the export.
     *
     * @return at most 20 characters of ASCII
     */
    public String serial() {
        return serial;
    }

    /**
     * What IDENTIFY tells as model.
     *
     * @return at most 40 characters of ASCII
     */
    public String model() {
        return model;
    }

    /**
     * The config string of an export that has none stored.
     *
     * @return a copy, at most 1024 bytes
     */
    public byte[] configString() {
        return configString.clone();
    }

    /**
     * Whether the MAC mask list survives a restart.
     *
     * @return true if it is stored; by default it is not
     */
    public boolean persistMask() {
        return persistMask;
    }

    /**
     * Whether reservations survive a restart.
     *
     * @return true if they are stored; by default they are not
     */
    public boolean persistReservations() {
        return persistReservations;
    }

    /**
     * What happens to the directives before a bad one in an edit of the mask list.
     *
     * @return true if none is applied, false if they stay applied, as with the reference target
     */
    public boolean maskAllOrNothing() {
        return maskAllOrNothing;
    }

    /**
     * The longest mask list.
     *
     * @return 1 to 255; an answer never holds more than fits into a frame
     */
    public int maskCapacity() {
        return maskCapacity;
    }

    /** Collects options. Not thread-safe. */
    public static final class Builder {
        private WritePolicy writePolicy = WritePolicy.WRITE_THROUGH;
        private boolean readOnly;
        private String serial = "";
        private String model = "Diskless AoE target";
        private byte[] configString = {};
        private boolean persistMask;
        private boolean persistReservations;
        private boolean maskAllOrNothing;
        private int maskCapacity = MaskFields.MAX_ENTRIES;

        private Builder() {}

        /**
         * Sets when an answered write is durable.
         *
         * @param policy the policy
         * @return this
         */
        public Builder writePolicy(WritePolicy policy) {
            writePolicy = Objects.requireNonNull(policy, "policy");
            return this;
        }

        /**
         * Refuses writes from the start.
         *
         * @param value true for a read-only export
         * @return this
         */
        public Builder readOnly(boolean value) {
            readOnly = value;
            return this;
        }

        /**
         * Sets the serial number.
         *
         * @param value at most 20 printable ASCII characters; empty for the address
         * @return this
         */
        public Builder serial(String value) {
            serial = ascii("serial", value, 20);
            return this;
        }

        /**
         * Sets the model.
         *
         * @param value at most 40 printable ASCII characters
         * @return this
         */
        public Builder model(String value) {
            model = ascii("model", value, 40);
            return this;
        }

        /**
         * Sets the config string for an export that has none stored.
         *
         * @param value at most 1024 bytes; copied
         * @return this
         */
        public Builder configString(byte[] value) {
            configString = value.clone();
            return this;
        }

        /**
         * Stores the mask list.
         *
         * @param value whether it survives a restart
         * @return this
         */
        public Builder persistMask(boolean value) {
            persistMask = value;
            return this;
        }

        /**
         * Stores reservations.
         *
         * @param value whether they survive a restart
         * @return this
         */
        public Builder persistReservations(boolean value) {
            persistReservations = value;
            return this;
        }

        /**
         * Sets what a bad directive does to the ones before it.
         *
         * @param value true to apply all directives of an edit or none
         * @return this
         */
        public Builder maskAllOrNothing(boolean value) {
            maskAllOrNothing = value;
            return this;
        }

        /**
         * Limits the mask list.
         *
         * @param value 1 to 255
         * @return this
         */
        public Builder maskCapacity(int value) {
            maskCapacity = value;
            return this;
        }

        /**
         * Checks all options at once.
         *
         * @return the options
         * @throws IllegalArgumentException if one is out of range
         */
        public ExportOptions build() {
            if (configString.length > ConfigFields.MAX_STRING) {
                throw new IllegalArgumentException("a config string has at most " + ConfigFields.MAX_STRING
                        + " bytes, got " + configString.length);
            }
            if (maskCapacity < 1 || maskCapacity > MaskFields.MAX_ENTRIES) {
                throw new IllegalArgumentException(
                        "maskCapacity is 1 to " + MaskFields.MAX_ENTRIES + ", got " + maskCapacity);
            }
            return new ExportOptions(this);
        }

        private static String ascii(String name, String value, int longest) {
            if (value.length() > longest || !value.chars().allMatch(c -> c >= 0x20 && c < 0x7F)) {
                throw new IllegalArgumentException(
                        name + " is at most " + longest + " printable ASCII characters, got \"" + value + "\"");
            }
            return value;
        }
    }
}
