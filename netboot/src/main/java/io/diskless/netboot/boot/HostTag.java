package io.diskless.netboot.boot;

import java.util.Locale;

/** A machine's role, which chooses its profile. Immutable. */
public enum HostTag {
    /** Serves the boot of the others. */
    CONFIG_NODE("ConfigNode"),
    /** Holds disks and exports them. */
    STORAGE_NODE("StorageNode"),
    /** Runs instances and has no disk. */
    HARDWARE_NODE("HardwareNode"),
    /** A guest. */
    INSTANCE("Instance");

    private final String label;

    HostTag(String label) {
        this.label = label;
    }

    /**
     * The tag as people write it.
     *
     * @return such as {@code HardwareNode}
     */
    public String label() {
        return label;
    }

    /**
     * Reads a tag.
     *
     * @param text the label or the constant's name, in any case
     * @return the tag
     * @throws IllegalArgumentException for any other text
     */
    public static HostTag parse(String text) {
        String plain = text.replace("_", "").toLowerCase(Locale.ROOT);
        for (HostTag tag : values()) {
            if (tag.label.toLowerCase(Locale.ROOT).equals(plain)) {
                return tag;
            }
        }
        throw new IllegalArgumentException(
                "expected ConfigNode, StorageNode, HardwareNode or Instance, got \"" + text + "\"");
    }
}
