package io.diskless.cluster.block;

import java.nio.file.Path;

/** Another process that has an image open, until its standard input ends. */
final class LockHolder {
    private LockHolder() {}

    public static void main(String[] args) throws Exception {
        FileOptions options =
                FileOptions.builder().readOnly(args[1].equals("read-only")).build();
        try (FileDevice device = FileDevice.open(Path.of(args[0]), options)) {
            System.out.println("open " + device.geometry().size());
            System.out.flush();
            System.in.read();
        }
    }
}
