package io.diskless.cluster.conf;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The sample files with the verdicts of the programs that own their formats. */
public final class CaptureFiles {
    private CaptureFiles() {}

    /**
     * One sample.
     *
     * @param folder {@code good} or {@code bad}
     * @param name the file's name
     * @param verdict the tools' exit codes as the table has them
     */
    public record Sample(String folder, String name, String verdict) {
        public ConfigText text() {
            return ConfigText.decode(name, bytes(folder + "/" + name));
        }

        public boolean isGood() {
            return folder.equals("good");
        }

        /** Let through by its program although it is wrong. */
        public boolean isLenient() {
            return name.contains("-lenient-");
        }

        @Override
        public String toString() {
            return folder + "/" + name;
        }
    }

    /** Every sample whose name starts with that prefix and ends with that suffix; fails if there is none. */
    public static List<Sample> of(String prefix, String suffix) {
        List<Sample> samples = new ArrayList<>();
        for (String line : new String(bytes("verdicts.tsv"), StandardCharsets.UTF_8).split("\n", -1)) {
            String[] column = line.split("\t", -1);
            if (column.length >= 3 && column[1].startsWith(prefix) && column[1].endsWith(suffix)) {
                samples.add(new Sample(column[0], column[1], column[2].strip()));
            }
        }
        if (samples.isEmpty()) {
            throw new IllegalStateException("no sample is named " + prefix + "*" + suffix);
        }
        return samples;
    }

    public static byte[] bytes(String path) {
        try (InputStream in = CaptureFiles.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException("no test resource " + path);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
