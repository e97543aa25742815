package io.diskless.aoe.initiator;

import io.diskless.aoe.AoeException;
import io.diskless.cluster.net.AoeAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Those who wait for a target: asked for more and more seldom, until it answers or the patience is over. Confined to the event loop. */
final class Openings {
    private static final long FIRST_PAUSE = 100_000_000L;
    private static final long PAUSE_MAX = 1_000_000_000L;

    private final EventLoop loop;
    private final List<Opening> openings = new ArrayList<>();

    /** Somebody waits. */
    private static final class Opening {
        final AoeAddress address;
        final long startedAt;
        final long deadline;
        final Consumer<RemoteTarget> found;
        final Consumer<AoeException> failed;
        /** Whether a fresh IDENTIFY is wanted, or just a path. */
        final boolean identified;

        long nextQueryAt;
        long pause = FIRST_PAUSE;
        boolean asked;

        Opening(
                AoeAddress address,
                long now,
                long patience,
                boolean identified,
                Consumer<RemoteTarget> found,
                Consumer<AoeException> failed) {
            this.address = address;
            this.identified = identified;
            startedAt = now;
            deadline = now + patience;
            nextQueryAt = now;
            this.found = found;
            this.failed = failed;
        }
    }

    Openings(EventLoop loop) {
        this.loop = loop;
    }

    /** Waits for a target and a fresh IDENTIFY of it. */
    void open(AoeAddress address, long patience, Consumer<RemoteTarget> found, Consumer<AoeException> failed) {
        openings.add(new Opening(address, loop.now, patience, true, found, failed));
    }

    /** Waits for a path to a target; at once if one is known. */
    void find(AoeAddress address, long patience, Consumer<RemoteTarget> found, Consumer<AoeException> failed) {
        RemoteTarget target = loop.target(address.shelf(), address.slot());
        if (target != null && !target.paths.isEmpty()) {
            found.accept(target);
        } else {
            openings.add(new Opening(address, loop.now, patience, false, found, failed));
        }
    }

    /** A target has a path, or answered IDENTIFY. */
    void found(RemoteTarget target, boolean identified) {
        for (int i = openings.size() - 1; i >= 0; i--) {
            Opening opening = openings.get(i);
            if (opening.identified == identified && opening.address.equals(target.address)) {
                openings.remove(i);
                opening.found.accept(target);
            }
        }
    }

    void timers(Discovery discovery) {
        long now = loop.now;
        for (int i = openings.size() - 1; i >= 0; i--) {
            Opening opening = openings.get(i);
            RemoteTarget target = loop.target(opening.address.shelf(), opening.address.slot());
            if (now >= opening.deadline) {
                openings.remove(i);
                opening.failed.accept(noTarget(opening, target));
            } else if (opening.identified && target != null && !target.paths.isEmpty() && !opening.asked) {
                // Known: one fresh IDENTIFY tells its size and that it is there.
                opening.asked = true;
                discovery.identify(target);
            } else if (now >= opening.nextQueryAt) {
                opening.nextQueryAt = now + opening.pause;
                opening.pause = Math.min(PAUSE_MAX, opening.pause * 2);
                opening.asked = false;
                for (int p = 0; p < loop.ports.size(); p++) {
                    discovery.query(loop.ports.get(p), opening.address.shelf(), opening.address.slot());
                }
            }
        }
    }

    private AoeException noTarget(Opening opening, @Nullable RemoteTarget target) {
        StringBuilder ports = new StringBuilder();
        for (Port port : loop.ports) {
            ports.append(ports.isEmpty() ? "" : ", ")
                    .append(port.name)
                    .append(port.isUp() ? "" : " (" + port.state + ")");
        }
        String what = target == null
                ? "no answer from " + opening.address
                : opening.address + " answers Query Config, but not IDENTIFY,";
        return new AoeException(
                AoeException.Kind.NO_TARGET,
                what + " on " + ports + " within " + (opening.deadline - opening.startedAt) / 1_000_000
                        + " ms: is it served on that Ethernet, and is this station on its mask or access list?");
    }

    long nextTimer() {
        long next = Long.MAX_VALUE;
        for (int i = 0; i < openings.size(); i++) {
            Opening opening = openings.get(i);
            next = Math.min(next, Math.min(opening.deadline, opening.nextQueryAt));
        }
        return next;
    }

    void close() {
        for (Opening opening : List.copyOf(openings)) {
            opening.failed.accept(new AoeException(AoeException.Kind.CLOSED, "the initiator was closed"));
        }
        openings.clear();
    }
}
