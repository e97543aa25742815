package io.diskless.cluster.store;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A folder whose power can be cut before any operation. It then tells what may be on the disk: of bytes that were not
 * synchronised any part from the first on, or garbage in their place; of names that were not, the old or the new.
 */
final class MemoryFolder implements Folder {
    static final class PowerCut extends IOException {
        private static final long serialVersionUID = 1;
    }

    /** How much of what was not certain is there after the cut. */
    enum Luck {
        NOTHING,
        HALF,
        ALL_BUT_ONE,
        GARBAGE,
        ALL;

        byte[] of(byte[] now, int certain) {
            int open = now.length - certain;
            int kept = switch (this) {
                case NOTHING -> 0;
                case HALF -> open / 2;
                case ALL_BUT_ONE -> Math.max(0, open - 1);
                case GARBAGE, ALL -> open;
            };
            byte[] left = Arrays.copyOf(now, certain + kept);
            if (this == GARBAGE) {
                Arrays.fill(left, certain, left.length, (byte) 0);
            }
            return left;
        }
    }

    private static final class Content {
        byte[] bytes = {};
        int certain;
    }

    private final Map<String, Content> names = new TreeMap<>();
    private Map<String, Content> certainNames = new HashMap<>();
    private int left;
    private int operations;

    /** @param left how many operations succeed before the power is cut */
    MemoryFolder(int left) {
        this.left = left;
    }

    /** What a new start finds, with power for ever. */
    MemoryFolder afterCut(Luck luck, boolean newNames) {
        MemoryFolder next = new MemoryFolder(Integer.MAX_VALUE);
        (newNames ? names : certainNames).forEach((name, content) -> {
            Content there = new Content();
            there.bytes = luck.of(content.bytes, content.certain);
            there.certain = there.bytes.length;
            next.names.put(name, there);
            next.certainNames.put(name, there);
        });
        return next;
    }

    int operations() {
        return operations;
    }

    private void step() throws PowerCut {
        operations++;
        if (left-- <= 0) {
            left = 0;
            throw new PowerCut();
        }
    }

    private Content file(String name) throws FileNotFoundException {
        Content content = names.get(name);
        if (content == null) {
            throw new FileNotFoundException(name);
        }
        return content;
    }

    byte[] bytes(String name) throws IOException {
        return file(name).bytes.clone();
    }

    void put(String name, byte[] bytes) {
        Content content = new Content();
        content.bytes = bytes.clone();
        content.certain = bytes.length;
        names.put(name, content);
        certainNames.put(name, content);
    }

    @Override
    public List<String> names() {
        return List.copyOf(names.keySet());
    }

    @Override
    public long size(String name) throws IOException {
        return file(name).bytes.length;
    }

    @Override
    public byte[] read(String name, long offset, int length) throws IOException {
        byte[] bytes = file(name).bytes;
        int from = (int) Math.min(offset, bytes.length);
        return Arrays.copyOfRange(bytes, from, from + Math.min(length, bytes.length - from));
    }

    @Override
    public Output append(String name) throws IOException {
        if (!names.containsKey(name)) {
            step();
            names.put(name, new Content());
        }
        Content content = file(name);
        return new Output() {
            @Override
            public void write(byte[] bytes) throws IOException {
                step();
                int old = content.bytes.length;
                content.bytes = Arrays.copyOf(content.bytes, old + bytes.length);
                System.arraycopy(bytes, 0, content.bytes, old, bytes.length);
            }

            @Override
            public void sync() throws IOException {
                step();
                content.certain = content.bytes.length;
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public void truncate(String name, long size) throws IOException {
        step();
        Content content = file(name);
        content.bytes = Arrays.copyOf(content.bytes, (int) size);
        content.certain = (int) size;
    }

    @Override
    public void delete(String name) throws IOException {
        if (names.containsKey(name)) {
            step();
            names.remove(name);
        }
    }

    @Override
    public void rename(String from, String to) throws IOException {
        step();
        names.put(to, file(from));
        names.remove(from);
    }

    @Override
    public void syncNames() throws IOException {
        step();
        certainNames = new HashMap<>(names);
    }

    @Override
    public void close() {}

    List<String> sorted(String suffix) {
        List<String> found = new ArrayList<>(names.keySet());
        found.removeIf(name -> !name.endsWith(suffix));
        return found;
    }
}
