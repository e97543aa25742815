package io.diskless.cluster.conf.md;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One ARRAY line of mdadm.conf. Immutable.
 *
 * @param device the array's device; {@code <ignore>} for one that is never assembled; empty where none is given
 * @param words every {@code name=value} word, by lower-case name
 */
public record MdArray(String device, Map<String, String> words) {
    /** Copies the words. */
    public MdArray {
        words = Map.copyOf(words);
    }

    /** {@return the array's UUID as it is written} */
    public Optional<String> uuid() {
        return Optional.ofNullable(words.get("uuid"));
    }

    /** {@return the RAID level as it is written} */
    public Optional<String> level() {
        return Optional.ofNullable(words.get("level"));
    }

    /** {@return the devices that the line lists} */
    public List<String> devices() {
        String devices = words.get("devices");
        return devices == null ? List.of() : List.of(devices.split(",", -1));
    }
}
