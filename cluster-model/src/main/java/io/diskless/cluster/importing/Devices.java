package io.diskless.cluster.importing;

import io.diskless.cluster.model.id.LayerId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which layer the path of a device is, on each machine. Not thread-safe. */
final class Devices {
    private static final Pattern AOE = Pattern.compile("/dev/etherd/(e[0-9]+\\.[0-9]+)");
    private static final Pattern BY_RESOURCE = Pattern.compile("(?:/dev/drbd/by-res/|drbd:)([^/]+)(?:/0)?");
    private static final int LONGEST = 64;

    private final Map<String, LayerId> paths = new HashMap<>();
    private final Map<String, LayerId> exports = new HashMap<>();
    private final Map<String, LayerId> resources = new HashMap<>();

    void device(String host, String path, LayerId layer) {
        paths.put(host + " " + path, layer);
    }

    void export(String address, LayerId layer) {
        exports.put(address, layer);
    }

    void resource(String name, LayerId layer) {
        resources.put(name, layer);
    }

    /** The layer of a path, if it is no plain disk. */
    Optional<LayerId> layer(String host, String path) {
        LayerId known = paths.get(host + " " + path);
        if (known != null) {
            return Optional.of(known);
        }
        Matcher aoe = AOE.matcher(path);
        if (aoe.matches()) {
            return Optional.ofNullable(exports.get(aoe.group(1)));
        }
        Matcher resource = BY_RESOURCE.matcher(path);
        return resource.matches() ? Optional.ofNullable(resources.get(resource.group(1))) : Optional.empty();
    }

    static boolean isAoe(String path) {
        return AOE.matcher(path).matches();
    }

    /** A name made of a machine's and of something on it. */
    static LayerId name(String host, String path) {
        String plain = (host + "-" + path.replaceFirst("^/dev/", "")).replaceAll("[^A-Za-z0-9._-]", "-");
        return new LayerId(
                plain.length() <= LONGEST
                        ? plain
                        : plain.substring(plain.length() - LONGEST).replaceFirst("^[._-]+", ""));
    }
}
