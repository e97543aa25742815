package io.diskless.netboot.simulate;

import java.util.ArrayList;
import java.util.List;

/** What happens during a boot. Not thread-safe. */
final class Notes {
    private final List<String> steps = new ArrayList<>();
    private final List<BootRun.Fetched> files = new ArrayList<>();

    void step(String what) {
        steps.add(what);
    }

    void fetched(String url, Body body) {
        files.add(new BootRun.Fetched(url, body.length(), body.crc32()));
        step("loaded " + url + ", " + body.length() + " octets");
    }

    List<String> steps() {
        return steps;
    }

    List<BootRun.Fetched> files() {
        return files;
    }
}
