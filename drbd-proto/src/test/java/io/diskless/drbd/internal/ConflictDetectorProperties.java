package io.diskless.drbd.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

/**
 * Two Primaries write overlapping ranges at once over two sockets that do not keep step with each other, on disks that
 * finish in any order. Whatever happens in whatever order: when all is done, both replicas are the same.
 */
class ConflictDetectorProperties {
    private static final int SECTORS = 24;

    @Property(tries = 3000)
    void bothReplicasEndAlike(@ForAll Random random, @ForAll @IntRange(min = 1, max = 40) int writes) {
        Side a = new Side(true);
        Side b = new Side(false);
        a.peer = b;
        b.peer = a;
        int submitted = 0;
        int idle = 0;
        while (submitted < writes || !a.isQuiet() || !b.isQuiet()) {
            Side side = random.nextBoolean() ? a : b;
            if (submitted < writes && random.nextInt(4) == 0) {
                long start = random.nextInt(SECTORS - 6);
                side.submit(start, 1 + random.nextInt(6), ++submitted);
                idle = 0;
                continue;
            }
            idle = side.step(random) ? 0 : idle + 1;
            assertThat(idle).as("steps without progress").isLessThan(2000);
        }

        assertThat(a.disk).isEqualTo(b.disk);
        assertThat(a.detector.underWay()).isZero();
        assertThat(b.detector.underWay()).isZero();
        assertThat(b.detector.nextReady()).isNull();
    }

    private enum Kind {
        DATA,
        ACK,
        SUPERSEDED
    }

    private record Packet(Kind kind, Local of, int seq) {}

    /** A write of the side that submits it. */
    private static final class Local extends ConflictDetector.Write {
        final long sector;
        final int sectors;
        final int value;
        boolean written;
        boolean judged;

        Local(long sector, int sectors, int value) {
            this.sector = sector;
            this.sectors = sectors;
            this.value = value;
        }
    }

    /** The same at the other side, or a part of it. */
    private static final class Remote extends ConflictDetector.Write {
        final Local of;
        final long sector;
        final long sectors;
        /** How many parts are not written: shared by all of them. */
        final int[] left;

        Remote(Local of, long sector, long sectors, int[] left) {
            this.of = of;
            this.sector = sector;
            this.sectors = sectors;
            this.left = left;
        }
    }

    private static final class Side {
        final int[] disk = new int[SECTORS];
        final ConflictDetector detector;
        final boolean resolver;
        final SequenceGate gate = new SequenceGate();
        final Deque<Packet> data = new ArrayDeque<>();
        final Deque<Packet> meta = new ArrayDeque<>();
        final List<ConflictDetector.Write> io = new ArrayList<>();
        final Deque<Local> held = new ArrayDeque<>();
        int unfinished;

        @Nullable
        Side peer;

        Side(boolean resolver) {
            this.resolver = resolver;
            this.detector = new ConflictDetector(resolver);
        }

        boolean isQuiet() {
            return data.isEmpty() && meta.isEmpty() && io.isEmpty() && held.isEmpty() && unfinished == 0;
        }

        Side other() {
            assertThat(peer).isNotNull();
            return peer;
        }

        void submit(long sector, int sectors, int value) {
            held.add(new Local(sector, sectors, value));
        }

        /** One thing that can happen, chosen at random. */
        boolean step(Random random) {
            return switch (random.nextInt(4)) {
                case 0 -> startHeld();
                case 1 -> finishIo(random);
                case 2 -> takeData();
                default -> takeMeta();
            };
        }

        private boolean startHeld() {
            Local w = held.peek();
            // The application's own overlapping writes are made one after the other.
            if (w == null || ownOverlaps(w) || !detector.mayStart(w.sector, w.sectors)) {
                return false;
            }
            held.remove();
            detector.startLocal(w, w.sector, w.sectors);
            unfinished++;
            io.add(w);
            own.add(w);
            other().data.add(new Packet(Kind.DATA, w, gate.next()));
            return true;
        }

        private final List<Local> own = new ArrayList<>();

        private boolean ownOverlaps(Local w) {
            return own.stream().anyMatch(o -> o.sector < w.sector + w.sectors && w.sector < o.sector + o.sectors);
        }

        private boolean finishIo(Random random) {
            if (io.isEmpty()) {
                return false;
            }
            ConflictDetector.Write w = io.remove(random.nextInt(io.size()));
            if (w instanceof Local local) {
                write(local.sector, local.sectors, local.value);
                local.written = true;
                end(local);
            } else if (w instanceof Remote r) {
                write(r.sector, r.sectors, r.of.value);
                detector.finished(r);
                if (--r.left[0] == 0) {
                    answer(r.sectors < r.of.sectors ? Kind.SUPERSEDED : Kind.ACK, r.of);
                }
                startReady();
            }
            return true;
        }

        private void write(long sector, long sectors, int value) {
            Arrays.fill(disk, (int) sector, (int) (sector + sectors), value);
        }

        private boolean takeData() {
            Packet p = data.peek();
            if (p == null || (resolver && !gate.admits(p.seq))) {
                return false;
            }
            data.remove();
            gate.seen(p.seq);
            arrive(new Remote(p.of, p.of.sector, p.of.sectors, new int[] {1}));
            return true;
        }

        private void arrive(Remote r) {
            switch (detector.arrive(r, r.sector, r.sectors)) {
                case WRITE -> io.add(r);
                case WAIT -> assertThat(r.isWaiting()).isTrue();
                case MERGE -> {
                    List<Remote> parts = new ArrayList<>();
                    int[] left = {0};
                    detector.gaps(r.sector, r.sectors, (sector, sectors) -> {
                        parts.add(new Remote(r.of, sector, sectors, left));
                        left[0]++;
                    });
                    if (parts.isEmpty()) {
                        answer(Kind.SUPERSEDED, r.of);
                    }
                    parts.forEach(this::arrive);
                }
            }
        }

        private void answer(Kind kind, Local w) {
            other().meta.add(new Packet(kind, w, gate.next()));
        }

        private boolean takeMeta() {
            Packet p = meta.poll();
            if (p == null) {
                return false;
            }
            gate.seen(p.seq);
            p.of.judged = true;
            detector.judged(p.of);
            end(p.of);
            return true;
        }

        private void end(Local w) {
            if (!w.written || !w.judged) {
                return;
            }
            detector.finished(w);
            unfinished--;
            own.remove(w);
            startReady();
        }

        private void startReady() {
            for (ConflictDetector.Write w = detector.nextReady(); w != null; w = detector.nextReady()) {
                io.add(w);
            }
        }
    }
}
