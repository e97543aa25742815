package io.diskless.aoe.initiator;

import io.diskless.aoe.link.Frame;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.ConfigFields;
import io.diskless.aoe.wire.EthernetHeader;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds targets and notices what changes: a round of broadcast queries now and then, announcements in between, IDENTIFY to
 * each that answers. Confined to the event loop, except {@link #listeners}.
 */
final class Discovery {
    /** Forged announcements must not fill memory. */
    private static final int MAX_TARGETS = 4096;
    /** Rounds whose answers are still taken. */
    private static final int TAGS = 4;
    /** A target is gone after so many rounds without any answer. */
    private static final int MISSED_ROUNDS = 3;
    /** A path beside others is forgotten after so many. */
    private static final int MISSED_ROUNDS_PATH = 6;

    private static final long IDENTIFY_PATIENCE = 3_000_000_000L;
    private static final long FIRST_PAUSE = 100_000_000L;

    private final EventLoop loop;
    private final long interval;
    final Listeners listeners;
    final Openings openings;
    private final int[] tags = new int[TAGS];
    private int rounds;
    private long nextRoundAt;
    /** Pause before the next round; short in the beginning. */
    private long pause = FIRST_PAUSE;

    long tableFull;

    private final List<Alarm> alarms = new ArrayList<>();

    private record Alarm(long at, Runnable action) {}

    Discovery(EventLoop loop) {
        this.loop = loop;
        listeners = new Listeners(loop.log);
        openings = new Openings(loop);
        interval = loop.options.discoveryInterval().toNanos();
    }

    // ---- asking

    boolean isOurs(int tag) {
        for (int i = 0; i < Math.min(rounds, TAGS); i++) {
            if (tags[i] == tag) {
                return true;
            }
        }
        return false;
    }

    /** A round at the next occasion. */
    void soon() {
        nextRoundAt = loop.now;
        pause = Math.min(interval, FIRST_PAUSE);
    }

    private void round() {
        tags[rounds++ % TAGS] = loop.tags.fresh();
        for (int i = 0; i < loop.ports.size(); i++) {
            query(loop.ports.get(i), AoeAddress.ALL_SHELVES, AoeAddress.ALL_SLOTS);
        }
        nextRoundAt = loop.now + pause;
        pause = Math.min(interval, pause * 4);
    }

    /** Asks by one port, with the tag of the last round. */
    void query(Port port, int shelf, int slot) {
        Frame frame = port.isUp() ? port.claim() : null;
        if (frame == null || rounds == 0) {
            return;
        }
        ByteBuffer b = frame.bytes();
        EthernetHeader.write(b, 0, MacAddress.BROADCAST.value(), port.mac);
        AoeHeader.write(b, AoeHeader.AT, 0, 0, shelf, slot, AoeHeader.CMD_CONFIG, tags[(rounds - 1) % TAGS]);
        ConfigFields.write(b, AoeHeader.AT, 0, 0, 0, 0, ConfigFields.READ, 0);
        port.commit(EthernetHeader.pad(b, 0, EthernetHeader.LENGTH + ConfigFields.LENGTH));
    }

    /** Something to do later. */
    void after(long nanos, Runnable action) {
        alarms.add(new Alarm(loop.now + nanos, action));
    }

    // ---- learning

    /** A config response that answers a round, or an announcement; the validator saw it. */
    void learn(Port port, ByteBuffer b, long mac) {
        int at = AoeHeader.AT;
        int shelf = AoeHeader.shelf(b, at);
        int slot = AoeHeader.slot(b, at);
        if (shelf == AoeAddress.ALL_SHELVES || slot == AoeAddress.ALL_SLOTS || mac == 0) {
            loop.wrongSource++;
            return;
        }
        RemoteTarget target = loop.target(shelf, slot);
        if (target == null) {
            if (loop.targetList.size() >= MAX_TARGETS) {
                tableFull++;
                return;
            }
            target = new RemoteTarget(new AoeAddress(shelf, slot));
            loop.add(target);
        }
        Path path = target.path(port, mac);
        // A stranger does not change what is known of a disk.
        boolean changed = (target.proven() == 0 || (path != null && path.proven)) && update(target, b, at);
        if (path == null) {
            if (target.paths.size() >= RemoteTarget.MAX_PATHS) {
                tableFull++;
                return;
            }
            path = loop.keeper.newPath(target, port, mac);
            target.lastHeardAt = target.paths.size() == 1 ? loop.now : target.lastHeardAt;
            changed = true;
        }
        if (AoeHeader.tag(b, at) == 0) {
            loop.keeper.rumoured(path);
        } else if (path.proven || target.proven() == 0) {
            loop.keeper.heard(path);
        } else {
            path.lastHeardAt = loop.now;
        }
        if (changed) {
            loop.keeper.refreshLimits(target);
            if (target.told != null) {
                tell(target);
            }
        }
        // An announcement may mean another size; a round asks anyway.
        if (path.proven) {
            identify(target);
        } else if (!path.proving) {
            path.proving = true;
            loop.controls.start(new IdentifyQuery(this, target, path, loop.now, IDENTIFY_PATIENCE));
        }
        openings.found(target, false);
    }

    private static boolean update(RemoteTarget target, ByteBuffer b, int at) {
        int bufferCount = ConfigFields.bufferCount(b, at);
        int sectorCount = ConfigFields.sectorCount(b, at);
        int firmware = ConfigFields.firmware(b, at);
        byte[] bytes = new byte[ConfigFields.stringLength(b, at)];
        b.get(at + ConfigFields.LENGTH, bytes);
        String config = new String(bytes, StandardCharsets.ISO_8859_1);
        boolean changed = bufferCount != target.bufferCount
                || sectorCount != target.sectorCount
                || firmware != target.firmware
                || !config.equals(target.config);
        target.bufferCount = bufferCount;
        target.sectorCount = sectorCount;
        target.firmware = firmware;
        target.config = config;
        return changed;
    }

    void identify(RemoteTarget target) {
        if (!target.identifying) {
            target.identifying = true;
            loop.controls.start(new IdentifyQuery(this, target, null, loop.now, IDENTIFY_PATIENCE));
        }
    }

    /** IDENTIFY was never answered; a path that was to be proven is forgotten if there are others. */
    void notIdentified(RemoteTarget target, @Nullable Path only) {
        if (only != null && !only.proven && target.paths.size() > 1) {
            target.paths.remove(only);
        }
        if (loop.target(target.address.shelf(), target.address.slot()) == target) {
            tell(target);
        }
    }

    /**
     * Whether a path leads to the disk that is known, so that it may carry data. While another path is in use, serial number
     * and size must be the same: anybody can say that he is this target, and so can a second machine by mistake. While none
     * is, one of both is enough, because a disk may have moved to a standby machine, or have been resized meanwhile.
     */
    private boolean admit(Path path, IdentifyData data) {
        RemoteTarget target = path.target;
        IdentifyData known = target.identity;
        if (path.proven || known == null || (target.engine == null && target.proven() == 0)) {
            path.proven = true;
            return true;
        }
        boolean live = false;
        for (Path other : target.paths) {
            live |= other.proven && other.state == PathState.UP && other.port.isUp();
        }
        boolean sameSerial = known.serial().equals(data.serial());
        boolean sameSize = known.sectors() == data.sectors();
        if (live ? sameSerial && sameSize : sameSerial || sameSize) {
            path.proven = true;
            path.conflict = false;
            if (!sameSerial || !sameSize) {
                // Where the disk was, another may be when it is back: that is to be proven like any other.
                for (Path other : target.paths) {
                    other.proven = other == path;
                }
                loop.log.warn("{} is taken for the disk that was in use, though it is not quite the same", path);
            }
            loop.keeper.refreshLimits(target);
            return true;
        }
        if (!path.conflict) {
            path.conflict = true;
            loop.log.warn(
                    "CONFLICT: {} is another disk (serial \"{}\", {} sectors) than the one in use (serial \"{}\", {}"
                            + " sectors): not used. Do two machines serve this address?",
                    path,
                    data.serial(),
                    data.sectors(),
                    known.serial(),
                    known.sectors());
            FlightRecorder.conflict(path, known.serial(), data.serial());
            TargetInfo used = target.info();
            TargetInfo other = target.info(data, List.of(path));
            listeners.tell(l -> l.conflict(used, other));
        }
        return false;
    }

    /** IDENTIFY was answered, or refused (null). */
    void identified(Path path, @Nullable IdentifyData data) {
        RemoteTarget target = path.target;
        if (data != null && !admit(path, data)) {
            return;
        }
        if (data != null) {
            target.identity = data;
            target.identifiedAt = loop.now;
            if (target.engine != null) {
                target.engine.identified(data);
            }
        }
        if (loop.target(target.address.shelf(), target.address.slot()) == target) {
            tell(target);
        }
        if (data != null) {
            openings.found(target, true);
        }
    }

    private void tell(RemoteTarget target) {
        TargetInfo before = target.told;
        TargetInfo after = target.info();
        target.told = after;
        if (after.equals(before)) {
            return;
        }
        listeners.tell(before == null ? l -> l.appeared(after) : l -> l.changed(before, after));
    }

    private void vanish(RemoteTarget target) {
        TargetInfo last = target.told;
        target.told = null;
        if (target.engine == null && target.limbo.size == 0 && !target.identifying) {
            loop.remove(target);
        }
        if (last != null) {
            listeners.tell(l -> l.vanished(last));
        }
    }

    void pathChanged(Path path) {
        loop.log.debug("{} is {}", path, path.state);
        FlightRecorder.pathState(path);
        if (!listeners.isEmpty()) {
            TargetInfo info = path.target.info();
            PathSnapshot snapshot = path.snapshot();
            listeners.tell(l -> l.pathChanged(info, snapshot));
        }
    }

    /** The MTU of a port is a part of what is told. */
    void portChanged(Port port) {
        for (int i = 0; i < loop.targetList.size(); i++) {
            RemoteTarget target = loop.targetList.get(i);
            if (target.told != null) {
                tell(target);
            }
        }
        loop.log.debug("limits by {} are new", port.name);
    }

    // ---- time

    void timers() {
        long now = loop.now;
        if (now >= nextRoundAt) {
            forget(now);
            round();
        }
        for (int i = alarms.size() - 1; i >= 0; i--) {
            Alarm alarm = alarms.get(i);
            if (now >= alarm.at) {
                alarms.remove(i);
                alarm.action.run();
            }
        }
        openings.timers(this);
    }

    private void forget(long now) {
        for (int i = loop.targetList.size() - 1; i >= 0; i--) {
            RemoteTarget target = loop.targetList.get(i);
            if (now - target.lastHeardAt > MISSED_ROUNDS * interval + FIRST_PAUSE) {
                if (target.told != null || target.engine == null) {
                    vanish(target);
                }
                continue;
            }
            boolean gone = false;
            for (int p = target.paths.size() - 1; p >= 0 && target.paths.size() > 1; p--) {
                Path path = target.paths.get(p);
                if (now - path.lastHeardAt > MISSED_ROUNDS_PATH * interval
                        && path.inFlight() == 0
                        && (!path.proven || target.proven() > 1)) {
                    target.paths.remove(p);
                    gone = true;
                }
            }
            if (gone && target.told != null) {
                tell(target);
            }
        }
    }

    long nextTimer() {
        long next = nextRoundAt;
        for (int i = 0; i < alarms.size(); i++) {
            next = Math.min(next, alarms.get(i).at);
        }
        return Math.min(next, openings.nextTimer());
    }

    List<TargetInfo> told() {
        List<TargetInfo> all = new ArrayList<>();
        for (RemoteTarget target : loop.targetList) {
            if (target.told != null) {
                all.add(target.told);
            }
        }
        all.sort((a, b) -> a.address().compareTo(b.address()));
        return all;
    }

    void close() {
        openings.close();
        for (Alarm alarm : List.copyOf(alarms)) {
            alarm.action.run();
        }
        alarms.clear();
    }
}
