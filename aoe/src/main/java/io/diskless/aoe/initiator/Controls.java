package io.diskless.aoe.initiator;

import io.diskless.aoe.link.Frame;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.EthernetHeader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sends, repeats and ends {@link Control}s. Confined to the event loop. */
final class Controls {
    private final EventLoop loop;
    private final List<Control> active = new ArrayList<>();
    private long nextAt = Long.MAX_VALUE;

    Controls(EventLoop loop) {
        this.loop = loop;
    }

    void start(Control control) {
        active.add(control);
        attempt(control);
        nextAt = Math.min(nextAt, Math.min(control.nextAt, control.deadline));
    }

    private void attempt(Control control) {
        Path path = control.only == null ? pick(control) : control.only;
        control.nextAt = loop.now + control.wait;
        Frame frame = path == null || !path.port.isUp() ? null : path.port.claim();
        if (frame == null || path == null) {
            return;
        }
        int tag = loop.tags.fresh();
        RemoteTarget target = control.target;
        EthernetHeader.write(frame.bytes(), 0, path.mac, path.port.mac);
        AoeHeader.write(
                frame.bytes(),
                AoeHeader.AT,
                0,
                0,
                target.address.shelf(),
                target.address.slot(),
                control.command(),
                tag);
        int length = control.write(frame, path);
        path.port.commit(EthernetHeader.pad(frame.bytes(), 0, length));
        Copy copy = loop.pool.copy();
        copy.tag = tag;
        copy.control = control;
        copy.path = path;
        copy.sentAt = loop.now;
        copy.ioNext = control.copies;
        control.copies = copy;
        loop.tags.put(copy);
        if (control.attempts++ > 0) {
            control.wait = Math.min(Control.LONGEST_WAIT, control.wait * 2);
        }
    }

    /** Another path at each attempt, those in use before the others. */
    private static @Nullable Path pick(Control control) {
        List<Path> paths = control.target.paths;
        Path second = null;
        for (int i = 0; i < paths.size(); i++) {
            Path path = paths.get((i + control.attempts) % paths.size());
            if (!path.port.isUp()) {
                continue;
            }
            if (path.proven && path.state == PathState.UP) {
                return path;
            }
            second = second == null || (path.proven && !second.proven) ? path : second;
        }
        return second;
    }

    /** A good tag from the right station. */
    void answered(Control control, Copy copy, Path path, Frame frame) {
        if (!control.answered(frame, path, loop.now)) {
            loop.wrongLength++;
            return;
        }
        if (path.rtt.srtt() == 0) {
            path.rtt.sample(loop.now - copy.sentAt);
        }
        if (control.isSmall()) {
            loop.keeper.heardSmall(path, copy.sentAt);
        } else {
            loop.keeper.heard(path);
        }
        end(control);
    }

    private void end(Control control) {
        control.ended = true;
        Copy copy = control.copies;
        control.copies = null;
        while (copy != null) {
            Copy next = copy.ioNext;
            loop.tags.remove(copy);
            loop.pool.release(copy);
            copy = next;
        }
    }

    void timers() {
        if (loop.now < nextAt) {
            return;
        }
        // What is started meanwhile is appended and looked at as well.
        for (int i = 0; i < active.size(); i++) {
            Control control = active.get(i);
            if (!control.ended && loop.now >= control.deadline) {
                end(control);
                control.gaveUp(loop.now);
            } else if (!control.ended && loop.now >= control.nextAt) {
                attempt(control);
            }
        }
        active.removeIf(control -> control.ended);
        nextAt = Long.MAX_VALUE;
        for (int i = 0; i < active.size(); i++) {
            Control control = active.get(i);
            nextAt = Math.min(nextAt, Math.min(control.nextAt, control.deadline));
        }
    }

    long nextTimer() {
        return nextAt;
    }

    void close() {
        for (Control control : List.copyOf(active)) {
            if (!control.ended) {
                end(control);
                control.closed();
            }
        }
        active.clear();
    }
}
