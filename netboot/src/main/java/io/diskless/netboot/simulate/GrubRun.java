package io.diskless.netboot.simulate;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * GRUB whose prefix is {@code /grub} at the next server: its configuration under ever shorter names, then what {@code linux}
 * and {@code initrd} name. Not thread-safe.
 */
final class GrubRun {
    private static final String PREFIX = "/grub/grub.cfg";

    private final BootSession session;
    private final Configuration configuration;

    GrubRun(BootSession session, Configuration configuration) {
        this.session = session;
        this.configuration = configuration;
    }

    BootEnd run() throws IOException {
        session.notes().step("GRUB starts");
        for (String name : names()) {
            Optional<Body> found = load(name);
            if (found.isPresent()) {
                return commands(found.get().text());
            }
        }
        return new BootEnd.Failed("no configuration for GRUB");
    }

    private List<String> names() {
        List<String> names = new ArrayList<>();
        names.add(PREFIX + "-" + BootSession.macName(session.machine()));
        String hex = BootSession.hexName(configuration.address());
        for (int length = hex.length(); length > 0; length--) {
            names.add(PREFIX + "-" + hex.substring(0, length));
        }
        names.add(PREFIX);
        return names;
    }

    private Optional<Body> load(String file) throws IOException {
        return session.byTftp(configuration.nextServer(), file, TftpStyle.GRUB);
    }

    private BootEnd commands(String text) throws IOException {
        String kernel = "";
        String arguments = "";
        List<String> initrds = new ArrayList<>();
        for (String line : text.lines().map(String::strip).toList()) {
            List<String> words = Arrays.asList(line.split("\\s+"));
            if (words.get(0).equals("linux") && words.size() > 1) {
                kernel = words.get(1);
                arguments = String.join(" ", words.subList(2, words.size()));
                if (load(kernel).isEmpty()) {
                    return new BootEnd.Failed("no " + kernel);
                }
            } else if (words.get(0).equals("initrd")) {
                for (String initrd : words.subList(1, words.size())) {
                    if (load(initrd).isEmpty()) {
                        return new BootEnd.Failed("no " + initrd);
                    }
                    initrds.add(initrd);
                }
            } else if (words.get(0).equals("exit")) {
                return new BootEnd.LocalDisk();
            } else if (words.get(0).equals("boot") && !kernel.isEmpty()) {
                return new BootEnd.Kernel(kernel, initrds, arguments);
            }
        }
        return new BootEnd.Failed("GRUB's configuration boots nothing");
    }
}
