package io.diskless.netboot.timeline;

import java.util.stream.Collectors;
import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Events of the flight recorder. Loaded only where it exists, see {@link FlightRecorder}. */
final class JfrEvents {
    private JfrEvents() {}

    @Name("io.diskless.netboot.BootStep")
    @Label("Step of a network boot")
    @Category({"Diskless", "Netboot"})
    @StackTrace(false)
    static final class BootStep extends Event {
        @Label("Machine")
        String mac = "";

        @Label("Step")
        String step = "";

        @Label("What happened")
        String text = "";

        @Label("What is normal about it")
        String quirks = "";
    }

    static void record(BootEvent event) {
        BootStep step = new BootStep();
        if (step.isEnabled()) {
            step.mac = event.mac().toString();
            step.step = event.getClass().getSimpleName();
            step.text = event.text();
            step.quirks = event.quirks().stream().map(Enum::name).collect(Collectors.joining(","));
            step.commit();
        }
    }
}
