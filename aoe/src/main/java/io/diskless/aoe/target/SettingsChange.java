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
     * @param done whether all that was asked for was done; if not it may be tried again with the same tag
     * @param answer writes and commits the answer, on the port's thread
     */
    record Outcome(ExportSettings after, boolean done, Consumer<Frame> answer) {}

    private final SettingsChanges port;
    private final PortExport export;
    private final long source;
    private final int tag;
    private final int command;
    private final Function<ExportSettings, Outcome> change;
    /** Of the {@link DuplicateCache}, if {@link #remembered}. */
    private final int ticket;

    private final boolean remembered;

    SettingsChange(
            SettingsChanges port,
            PortExport export,
            long source,
            int tag,
            int command,
            Function<ExportSettings, Outcome> change,
            boolean remembered,
            int ticket) {
        this.port = port;
        this.export = export;
        this.source = source;
        this.tag = tag;
        this.command = command;
        this.change = change;
        this.remembered = remembered;
        this.ticket = ticket;
    }

    /** Computes, saves, and sends the answer on its way. */
    @Override
    public void run() {
        Outcome outcome;
        try {
            outcome = export.export.change(source, change);
        } catch (AoeException | RuntimeException e) {
            // A store is the user's, and may throw what it likes.
            export.export.tell(new TargetEvent.SettingsNotSaved(export.export.address(), e));
            outcome = new Outcome(
                    export.export.settings(),
                    false,
                    tx -> port.replies().refused(tx, source, export, AoeHeader.ERR_UNAVAILABLE, command, tag));
        }
        Outcome ready = outcome;
        port.execute(() -> {
            if (remembered) {
                port.ended(ticket, ready.done());
            }
            Frame tx = port.replies().claim();
            if (tx != null) {
                ready.answer().accept(tx);
            }
        });
    }
}
