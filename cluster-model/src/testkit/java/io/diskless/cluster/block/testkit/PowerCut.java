package io.diskless.cluster.block.testkit;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.MemoryDevice;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * One power supply for some {@link CrashDevice}s: it records everything that happens to them in one order, and afterwards
 * makes the images that a power cut at any moment may leave.
 *
 * <p>The rules of what survives, per device and per sector of 512 bytes (a sector is never torn, anything larger may be):
 *
 * <ul>
 *   <li>what a completed flush covered, and a completed write with FUA, is there;
 *   <li>of everything written to the sector since then, the sector shows any one version, or the one before all of them.
 *       So writes get lost, get reordered and are torn;
 *   <li>the operation that was under way when the power went may have happened, partly or wholly or not at all.
 * </ul>
 *
 * <pre>{@code
 * PowerCut power = new PowerCut();
 * CrashDevice disk = power.device(1 << 20);
 * run(disk, acknowledged -> power.mark(acknowledged));
 * power.forEachCrash(new SplittableRandom(1), 3, crash -> check(crash.images().get(0), crash.marks()));
 * }</pre>
 *
 * <p>Thread-safe while recording; make images when the recorded work is over.
 */
public final class PowerCut {
    static final int SECTOR = BlockGeometry.SECTOR;

    /** What can happen to a device. */
    sealed interface Event {}

    /** A write, or zeroes where data is empty; durable at once if {@code fua}. */
    record Written(int device, long offset, long length, ByteBuffer data, boolean fua) implements Event {
        /** The sector's new content. */
        byte[] sector(long number) {
            byte[] bytes = new byte[SECTOR];
            if (data.capacity() > 0) {
                data.get((int) (number * SECTOR - offset), bytes);
            }
            return bytes;
        }
    }

    /** Everything before it on that device is durable. */
    record Flushed(int device) implements Event {}

    /** The test's own remark. */
    record Mark(Object what) implements Event {}

    /** Which version of a sector survives. */
    @FunctionalInterface
    public interface Survival {
        /** Nothing survives but what had to. */
        Survival LOST = (device, sector, versions) -> 0;

        /** Everything survives. */
        Survival KEPT = (device, sector, versions) -> versions;

        /**
         * Decides for one sector.
         *
         * @param device index of the device, in order of {@link PowerCut#device}
         * @param sector number of the sector
         * @param versions how many versions were written since the last durable one, at least 1
         * @return 0 for the durable one, else 1 (oldest) to {@code versions} (newest)
         */
        int choose(int device, long sector, int versions);

        /**
         * Every sector for itself, evenly.
         *
         * @param random the source of chance
         * @return the policy
         */
        static Survival random(RandomGenerator random) {
            return (device, sector, versions) -> random.nextInt(versions + 1);
        }
    }

    /**
     * One outcome.
     *
     * @param point after how many events the power went
     * @param what the kind of outcome, for messages
     * @param images the devices as they are found afterwards, in order of {@link PowerCut#device}
     * @param marks what the test had marked before the cut
     */
    public record Crash(int point, String what, List<MemoryDevice> images, List<Object> marks) {
        /** Lists are copied. */
        public Crash {
            images = List.copyOf(images);
            marks = List.copyOf(marks);
        }

        @Override
        public String toString() {
            return "power cut after event " + point + ", " + what;
        }
    }

    /** Looks at one outcome. */
    @FunctionalInterface
    public interface Check {
        /**
         * Looks at one outcome.
         *
         * @param crash what is left
         * @throws Exception if it is not right
         */
        void check(Crash crash) throws Exception;
    }

    private final List<Event> events = new ArrayList<>();
    private final List<BlockGeometry> devices = new ArrayList<>();

    /** A supply with no device yet. */
    public PowerCut() {}

    /**
     * Adds an empty device of 512-byte blocks.
     *
     * @param size bytes
     * @return records everything that is done to it
     */
    public CrashDevice device(long size) {
        return device(BlockGeometry.ofSectors(size).withDiscardGranularity(SECTOR));
    }

    /**
     * Adds an empty device of any shape whose blocks are 512 bytes or more.
     *
     * @param geometry the shape
     * @return records everything that is done to it
     */
    public synchronized CrashDevice device(BlockGeometry geometry) {
        if (geometry.logicalBlock() < SECTOR) {
            throw new IllegalArgumentException(
                    "a sector of " + SECTOR + " bytes is the least that survives as a whole");
        }
        devices.add(geometry);
        return new CrashDevice(this, devices.size() - 1, MemoryDevice.create(geometry));
    }

    /**
     * Remembers something at this moment, for instance which write the program was told to be durable.
     *
     * @param what found again in {@link Crash#marks()}
     */
    public void mark(Object what) {
        record(new Mark(what));
    }

    synchronized void record(Event event) {
        events.add(event);
    }

    /**
     * How many events there are; the power may go after 0 to that many.
     *
     * @return the number of events recorded so far
     */
    public synchronized int events() {
        return events.size();
    }

    /**
     * Makes one outcome.
     *
     * @param point how many events were over; the one after them was under way
     * @param what words for messages
     * @param survival decides for every sector whose content is open
     * @return the devices as they are found afterwards
     */
    public synchronized Crash cut(int point, String what, Survival survival) {
        List<MemoryDevice> images = new ArrayList<>();
        List<Map<Long, byte[]>> durable = new ArrayList<>();
        List<Map<Long, List<byte[]>>> open = new ArrayList<>();
        for (BlockGeometry geometry : devices) {
            images.add(MemoryDevice.create(geometry));
            durable.add(new HashMap<>());
            open.add(new TreeMap<>());
        }
        List<Object> marks = new ArrayList<>();
        for (int i = 0; i < Math.min(point + 1, events.size()); i++) {
            boolean over = i < point;
            Event event = events.get(i);
            if (event instanceof Written written) {
                apply(written, over, durable.get(written.device), open.get(written.device));
            } else if (event instanceof Flushed flushed && over) {
                Map<Long, List<byte[]>> pending = open.get(flushed.device);
                pending.forEach((sector, versions) ->
                        durable.get(flushed.device).put(sector, versions.get(versions.size() - 1)));
                pending.clear();
            } else if (event instanceof Mark mark && over) {
                marks.add(mark.what);
            }
        }
        for (int d = 0; d < images.size(); d++) {
            int device = d;
            Map<Long, byte[]> content = durable.get(d);
            open.get(d).forEach((sector, versions) -> {
                int choice = survival.choose(device, sector, versions.size());
                if (choice > 0) {
                    content.put(sector, versions.get(choice - 1));
                }
            });
            write(images.get(d), content);
        }
        return new Crash(point, what, images, marks);
    }

    private static final byte[] ZEROES = new byte[SECTOR];

    private static void apply(Written w, boolean over, Map<Long, byte[]> durable, Map<Long, List<byte[]>> open) {
        for (long sector = w.offset / SECTOR; sector < (w.offset + w.length) / SECTOR; sector++) {
            byte[] bytes = w.sector(sector);
            if (w.fua && over) {
                open.remove(sector);
                durable.put(sector, bytes);
            } else {
                open.computeIfAbsent(sector, s -> new ArrayList<>()).add(bytes);
            }
        }
    }

    private static void write(MemoryDevice image, Map<Long, byte[]> content) {
        BlockGeometry shape = image.geometry();
        int block = shape.logicalBlock();
        TreeSet<Long> blocks = new TreeSet<>();
        content.keySet().forEach(sector -> blocks.add(sector * SECTOR / block));
        ByteBuffer bytes = ByteBuffer.allocate(block);
        try {
            for (long number : blocks) {
                long firstSector = number * block / SECTOR;
                for (int i = 0; i < block / SECTOR; i++) {
                    bytes.put(i * SECTOR, content.getOrDefault(firstSector + i, ZEROES));
                }
                image.write(number * block, bytes);
            }
        } catch (BlockException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Cuts the power at every moment, each time with several outcomes: all that may get lost is lost; all is kept; each
     * write that is still open is the only one lost, and the only one kept; and some with every sector decided by chance.
     *
     * @param random the source of chance; print its seed with a failure
     * @param chances outcomes by chance at each moment
     * @param check looks at each; a failure is reported with the outcome's name
     */
    public void forEachCrash(RandomGenerator random, int chances, Check check) {
        for (int point = 0; point <= events(); point++) {
            run(check, cut(point, "all open writes lost", Survival.LOST));
            run(check, cut(point, "all open writes kept", Survival.KEPT));
            for (int number : openWrites(point)) {
                run(check, only(point, number, true));
                run(check, only(point, number, false));
            }
            for (int i = 0; i < chances; i++) {
                run(check, cut(point, "sectors by chance (" + i + ")", Survival.random(random)));
            }
        }
    }

    private static void run(Check check, Crash crash) {
        try {
            check.check(crash);
        } catch (Exception | AssertionError e) {
            throw new AssertionError(crash + ": " + e.getMessage(), e);
        }
    }

    /** The newest of the writes whose fate is open at that moment; a bound, since long runs have thousands. */
    private synchronized List<Integer> openWrites(int point) {
        List<Integer> found = new ArrayList<>();
        for (int i = Math.min(point, events.size() - 1); i >= 0 && found.size() < 8; i--) {
            if (events.get(i) instanceof Flushed && i < point) {
                break;
            }
            if (events.get(i) instanceof Written w && !(w.fua && i < point)) {
                found.add(i);
            }
        }
        return found;
    }

    private synchronized Crash only(int point, int number, boolean kept) {
        Written it = (Written) events.get(number);
        Survival survival = (device, sector, versions) -> {
            boolean inIt =
                    device == it.device && sector >= it.offset / SECTOR && sector < (it.offset + it.length) / SECTOR;
            return inIt == kept ? versions : 0;
        };
        return cut(point, "event " + number + " alone " + (kept ? "kept" : "lost"), survival);
    }
}
