package io.diskless.aoe.target;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.link.Frame;
import io.diskless.aoe.wire.AoeHeader;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A change of config string, mask or reservation on its way: computed and saved where saving may take time, answered by
 * the port that it came in by. It is answered only when it is saved; what cannot be saved is refused with AoE error 3.
 */
final class SettingsChange implements Runnable {
    /**
     * What a change comes to.
     *
     * @param after the settings from now on, the same object if the change was refused
     * @param answer writes and commits the answer, on the port's thread
     */
    record Outcome(ExportSettings after, Consumer<Frame> answer) {}

    private final PortLoop port;
    private final PortExport export;
    private final long source;
    private final int tag;
    private final int command;
    private final Function<ExportSettings, Outcome> change;

    SettingsChange(
            PortLoop port,
            PortExport export,
            long source,
            int tag,
            int command,
            Function<ExportSettings, Outcome> change) {
        this.port = port;
        this.export = export;
        this.source = source;
        this.tag = tag;
        this.command = command;
        this.change = change;
    }

    /** Computes, saves, and sends the answer on its way. */
    @Override
    public void run() {
        Consumer<Frame> answer;
        try {
            answer = export.export.change(source, change);
        } catch (AoeException e) {
            export.export.tell(new TargetEvent.SettingsNotSaved(export.export.address(), e));
            answer = tx -> port.replies().refused(tx, source, export, AoeHeader.ERR_UNAVAILABLE, command, tag);
        }
        Consumer<Frame> ready = answer;
        port.execute(() -> {
            Frame tx = port.replies().claim();
            if (tx != null) {
                ready.accept(tx);
            }
        });
    }
}
