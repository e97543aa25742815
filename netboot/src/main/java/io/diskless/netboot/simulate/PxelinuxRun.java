package io.diskless.netboot.simulate;

import java.io.IOException;
import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * PXELINUX: its library, its configuration under ever shorter names, then the default label's kernel. The order of names is
 * the captured one; a machine without a UUID asks for none. Not thread-safe.
 */
final class PxelinuxRun {
    private final BootSession session;
    private final Configuration configuration;
    private final String folder;

    PxelinuxRun(BootSession session, Configuration configuration, String program) {
        this.session = session;
        this.configuration = configuration;
        this.folder = program.contains("://") ? "" : program.substring(0, program.lastIndexOf('/') + 1);
    }

    BootEnd run() throws IOException {
        session.notes().step("PXELINUX starts");
        if (load(folder + "ldlinux.c32").isEmpty()) {
            return new BootEnd.Failed("no ldlinux.c32");
        }
        for (String name : names(session.machine(), configuration.address())) {
            Optional<Body> found = load(folder + "pxelinux.cfg/" + name);
            if (found.isPresent()) {
                return label(found.get().text());
            }
        }
        return new BootEnd.Failed("no configuration for PXELINUX");
    }

    /** In the order in which it looks. */
    static List<String> names(SimulatedMachine machine, Inet4Address address) {
        List<String> names = new ArrayList<>();
        machine.uuid().ifPresent(id -> names.add(id.toString()));
        names.add(BootSession.macName(machine));
        String hex = BootSession.hexName(address);
        for (int length = hex.length(); length > 0; length--) {
            names.add(hex.substring(0, length));
        }
        names.add("default");
        return names;
    }

    private Optional<Body> load(String file) throws IOException {
        return session.byTftp(configuration.nextServer(), file, TftpStyle.PXELINUX);
    }

    private BootEnd label(String text) throws IOException {
        Map<String, Map<String, String>> labels = new HashMap<>();
        Map<String, String> all = new HashMap<>();
        @Nullable Map<String, String> current = null;
        for (String line : text.lines().map(String::strip).toList()) {
            String[] words = line.split("\\s+", 2);
            String key = words[0].toLowerCase(Locale.ROOT);
            String value = words.length > 1 ? words[1] : "";
            if (key.equals("label")) {
                current = new HashMap<>();
                labels.put(value, current);
            } else {
                (current == null ? all : current).put(key.equals("linux") ? "kernel" : key, value);
            }
        }
        Map<String, String> chosen = labels.getOrDefault(all.getOrDefault("default", ""), Map.of());
        if (chosen.containsKey("localboot")) {
            return new BootEnd.LocalDisk();
        }
        String kernel = chosen.getOrDefault("kernel", "");
        if (kernel.isEmpty()) {
            return new BootEnd.Failed("PXELINUX's default label has no kernel");
        }
        List<String> initrds = new ArrayList<>();
        String append = chosen.getOrDefault("append", "");
        for (String list : List.of(chosen.getOrDefault("initrd", ""), initrd(append))) {
            initrds.addAll(List.of(list.isEmpty() ? new String[0] : list.split(",", -1)));
        }
        if (load(kernel).isEmpty()) {
            return new BootEnd.Failed("no " + kernel);
        }
        for (String initrd : initrds) {
            if (load(initrd).isEmpty()) {
                return new BootEnd.Failed("no " + initrd);
            }
        }
        return new BootEnd.Kernel(kernel, initrds, append);
    }

    private static String initrd(String append) {
        for (String word : append.split("\\s+", -1)) {
            if (word.startsWith("initrd=")) {
                return word.substring("initrd=".length());
            }
        }
        return "";
    }
}
