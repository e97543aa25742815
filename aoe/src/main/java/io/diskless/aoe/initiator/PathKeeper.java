package io.diskless.aoe.initiator;

import org.jspecify.annotations.Nullable;

/**
 * Keeps the paths: notices loss, demotes a path that is silent, probes it, takes it back, and lets the copies that were
 * taken for lost serve their quarantine. Confined to the event loop.
 */
final class PathKeeper {
    /** First timeout of a command that takes its time in the target, and how far it doubles. */
    private static final long SLOW_TIMEOUT = 1_000_000_000L;

    private static final int SLOW_DOUBLINGS = 3;
    /** Timeouts in a row that make a path suspect (spec §11). */
    private static final int SUSPECT_AFTER = 2;
    /** Where out-of-order answers are normal, this many later answers still mean loss. */
    private static final int REORDER_MAX = 64;
    /** Bounds of the pause between probes of a suspect path. */
    private static final long PROBE_MIN = 10_000_000L;

    private static final long PROBE_MAX = 1_000_000_000L;

    private final EventLoop loop;
    private final long quarantine;
    long late;

    PathKeeper(EventLoop loop) {
        this.loop = loop;
        quarantine = loop.options.quarantine().toNanos();
    }

    Path newPath(RemoteTarget target, Port port, long mac) {
        Path path = new Path(target, port, mac, loop.options, windowLimit(target));
        path.lastHeardAt = loop.now;
        target.paths.add(path);
        return path;
    }

    private int windowLimit(RemoteTarget target) {
        // A target that promises nothing can still hold one request.
        return Math.max(1, Math.min(target.bufferCount, loop.options.maxWindow()));
    }

    /** Applies limits that may have changed: buffer count, sector count, MTU, size of the disk. */
    void refreshLimits(RemoteTarget target) {
        for (int i = 0; i < target.paths.size(); i++) {
            Path path = target.paths.get(i);
            path.window.max(windowLimit(target));
            int limit = target.sectorLimit(path.port);
            DiskEngine engine = target.engine;
            // Without a user nobody needs to know whether large frames pass.
            limit = Math.min(
                    limit,
                    engine == null ? PayloadLadder.SMALL : engine.traits().sectorLimit());
            path.ladder.limit(Math.max(1, limit), loop.now);
        }
    }

    // ---- sending and answers

    void sent(Copy copy, Io io, Path path) {
        long now = loop.now;
        copy.sentAt = now;
        copy.expiry = now
                + (io.slow
                        ? SLOW_TIMEOUT << Math.min(io.backoff, SLOW_DOUBLINGS)
                        : path.rtt(io).rto(io.backoff));
        path.outstanding.add(copy);
        path.window.onSent(path.inFlight());
        path.nextExpiry = Math.min(path.nextExpiry, copy.expiry);
        io.addCopy(copy);
        io.outstanding++;
        io.lastPath = path;
        path.framesSent++;
        if (io.transmissions++ > 0) {
            path.retransmissions++;
        }
    }

    /** Takes a copy out of everything, because it was answered. */
    void answered(Copy copy, Io io, Path path) {
        long now = loop.now;
        int inFlight = path.inFlight();
        if (copy.lost) {
            late++;
            path.spurious++;
            path.window.undo(copy.sentAt);
            if (copy.lostByOvertaking) {
                path.reorder = Math.min(REORDER_MAX, path.reorder * 2);
            } else if (!io.slow) {
                path.floor.late(now - copy.sentAt, now);
            }
        } else {
            io.outstanding--;
            path.floor.inTime(now);
            overtake(copy, path);
        }
        if (!io.slow) {
            path.rtt(io).sample(now - copy.sentAt);
        }
        path.answers++;
        path.window.onAnswer(inFlight);
        if (path.ladder.isLarge(io.sectors)) {
            path.ladder.largePassed();
            heard(path);
        } else {
            heardSmall(path, copy.sentAt);
        }
        CopyList.remove(copy);
        io.removeCopy(copy);
        loop.tags.remove(copy);
        loop.pool.release(copy);
    }

    /** What was sent before this copy and is not answered yet has been overtaken. */
    private void overtake(Copy answered, Path path) {
        Copy copy = path.outstanding.first;
        if (copy == answered) {
            return;
        }
        // A target works on several requests at a time: being overtaken counts only after more than a round trip.
        while (copy != null && copy != answered) {
            Copy next = copy.next;
            Io io = copy.io;
            if (io != null && !io.slow && ++copy.overtaken >= path.reorder) {
                long srtt = path.rtt(io).srtt();
                if (loop.now - copy.sentAt > srtt + srtt / 4) {
                    copy.lostByOvertaking = true;
                    path.overtaken++;
                    lost(copy, io, path);
                }
            }
            copy = next;
        }
    }

    private void lost(Copy copy, Io io, Path path) {
        path.losses++;
        if (!io.slow) {
            path.window.onLoss(copy.sentAt, loop.now);
            if (path.ladder.isLarge(io.sectors)) {
                path.ladder.largeLost(loop.now);
            }
        }
        abandon(copy, io);
    }

    /** Does not wait for this copy any more: its tag stays valid for the quarantine, its I/O is sent again. */
    private void abandon(Copy copy, Io io) {
        CopyList.remove(copy);
        copy.lost = true;
        copy.expiry = loop.now + quarantine;
        RemoteTarget target = loop.targetOf(copy);
        target.limbo.add(copy);
        io.outstanding--;
        DiskEngine engine = target.engine;
        if (io.request != null && io.outstanding == 0 && io.list == null && engine != null) {
            engine.repeat(io);
        }
    }

    // ---- path states

    /** Something small that was sent at that time came back. */
    void heardSmall(Path path, long sentAt) {
        if (path.ladder.smallPassed(sentAt, path.state == PathState.SUSPECT || path.timeoutsInRow > 1, loop.now)) {
            loop.log.debug("{}: large frames do not pass, now {} sectors", path, path.ladder.current());
        }
        heard(path);
    }

    void heard(Path path) {
        path.lastHeardAt = loop.now;
        if (path.proven || path.target.proven() == 0) {
            path.target.lastHeardAt = loop.now;
        }
        path.timeoutsInRow = 0;
        if (path.state == PathState.SUSPECT && path.port.isUp()) {
            path.state = PathState.UP;
            path.nextProbeAt = Long.MAX_VALUE;
            DiskEngine engine = path.target.engine;
            if (engine != null) {
                engine.pathReturned();
            }
            loop.discovery.pathChanged(path);
        }
    }

    void demote(Path path) {
        if (path.state != PathState.UP) {
            return;
        }
        path.state = PathState.SUSPECT;
        path.demotions++;
        path.probePause = Math.max(PROBE_MIN, Math.min(PROBE_MAX, path.rtt.rto()));
        path.nextProbeAt = loop.now;
        if (another(path) != null) {
            abandonAll(path);
        } else if (path.target.proven() < path.target.paths.size()) {
            // What was refused while this path was good may be all that is left.
            loop.discovery.soon();
        }
        loop.discovery.pathChanged(path);
    }

    private void abandonAll(Path path) {
        for (Copy copy = path.outstanding.first; copy != null; ) {
            Copy next = copy.next;
            Io io = copy.io;
            if (io != null) {
                abandon(copy, io);
            }
            copy = next;
        }
        path.nextExpiry = Long.MAX_VALUE;
    }

    private static @Nullable Path another(Path than) {
        for (int i = 0; i < than.target.paths.size(); i++) {
            Path path = than.target.paths.get(i);
            if (path != than && path.proven && path.state == PathState.UP && path.port.isUp()) {
                return path;
            }
        }
        return null;
    }

    /** State or MTU of a port changed. */
    void portChanged(Port port) {
        for (int t = 0; t < loop.targetList.size(); t++) {
            RemoteTarget target = loop.targetList.get(t);
            for (int i = 0; i < target.paths.size(); i++) {
                Path path = target.paths.get(i);
                if (path.port != port) {
                    continue;
                }
                if (!port.isUp() && path.state != PathState.DOWN) {
                    path.state = PathState.DOWN;
                    path.nextProbeAt = Long.MAX_VALUE;
                    abandonAll(path);
                    loop.discovery.pathChanged(path);
                } else if (port.isUp() && path.state == PathState.DOWN) {
                    path.state = PathState.SUSPECT;
                    path.probePause = PROBE_MIN;
                    path.nextProbeAt = loop.now;
                    loop.discovery.pathChanged(path);
                }
            }
            refreshLimits(target);
        }
    }

    // ---- time

    void timers(RemoteTarget target) {
        long now = loop.now;
        Copy old;
        while ((old = target.limbo.first) != null && old.expiry <= now) {
            forget(old);
        }
        for (int i = 0; i < target.paths.size(); i++) {
            Path path = target.paths.get(i);
            if (now >= path.nextExpiry) {
                expire(path);
            }
            if (now >= path.nextProbeAt && path.port.isUp()) {
                path.nextProbeAt = Long.MAX_VALUE;
                probe(path);
            }
            if (target.engine != null && path.proven && path.state == PathState.UP) {
                int size = path.ladder.probe(now);
                if (size > 0 && target.identity != null) {
                    long patience = Math.max(20_000_000L, 4 * path.rtt.rto());
                    path.ladder.probing(now + 2 * patience);
                    loop.controls.start(new JumboProbe(path, size, target.identity.extended(), now, patience));
                }
            }
        }
    }

    /** Something unasked for came from there: reason to look, but no proof of anything. */
    void rumoured(Path path) {
        if (path.state == PathState.SUSPECT
                && (path.lastProbeAt == Long.MIN_VALUE || loop.now - path.lastProbeAt >= PROBE_MIN)) {
            path.nextProbeAt = loop.now;
        }
    }

    private void probe(Path path) {
        path.lastProbeAt = loop.now;
        loop.controls.start(new PathProbe(this, path, loop.now, Math.max(PROBE_MIN, path.probePause)));
    }

    /** A probe got no answer. */
    void probeLost(Path path) {
        if (path.state == PathState.SUSPECT) {
            path.nextProbeAt = loop.now;
            path.probePause = Math.min(PROBE_MAX, path.probePause * 2);
        } else if (loop.now - path.lastHeardAt > PROBE_MIN) {
            demote(path);
        }
    }

    private void forget(Copy copy) {
        CopyList.remove(copy);
        loop.tags.remove(copy);
        Io io = copy.io;
        if (io != null) {
            io.removeCopy(copy);
            if (io.request == null && io.copies == null) {
                loop.release(io, loop.targetOf(copy));
            }
        }
        loop.pool.release(copy);
    }

    private void expire(Path path) {
        long now = loop.now;
        long next = Long.MAX_VALUE;
        long rto = 0;
        boolean slow = false;
        for (Copy copy = path.outstanding.first; copy != null; ) {
            Copy following = copy.next;
            Io io = copy.io;
            if (copy.expiry > now) {
                next = Math.min(next, copy.expiry);
            } else if (io != null) {
                io.backoff++;
                path.timeouts++;
                slow |= io.slow && path.lastHeardAt < copy.sentAt;
                rto = io.slow ? rto : Math.max(rto, path.rtt(io).rto());
                lost(copy, io, path);
            }
            copy = following;
        }
        path.nextExpiry = next;
        if (rto > 0 && path.countTimeout(now, rto) && path.timeoutsInRow >= SUSPECT_AFTER) {
            demote(path);
        } else if (slow && path.state == PathState.UP) {
            probe(path);
        }
    }

    /** When {@link #timers} has something to do. */
    long nextTimer(RemoteTarget target) {
        long next = target.limbo.first == null ? Long.MAX_VALUE : target.limbo.first.expiry;
        for (int i = 0; i < target.paths.size(); i++) {
            Path path = target.paths.get(i);
            next = Math.min(next, path.nextExpiry);
            if (path.port.isUp()) {
                next = Math.min(next, path.nextProbeAt);
            }
            if (target.engine != null && path.proven && path.state == PathState.UP && target.identity != null) {
                next = Math.min(next, path.ladder.nextProbeAt());
            }
        }
        return next;
    }
}
