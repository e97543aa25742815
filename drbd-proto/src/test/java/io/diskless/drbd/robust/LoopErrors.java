package io.diskless.drbd.robust;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What an event loop logs while this is open: an exception that nobody there has expected. */
public final class LoopErrors implements AutoCloseable {
    private static final List<String> SIGNS =
            List.of("A task raised an exception", "could not be handled", "exceptionCaught", "Unexpected exception");

    private final PrintStream usual = System.err;
    private final ByteArrayOutputStream seen = new ByteArrayOutputStream();

    /** From now on. */
    public LoopErrors() {
        System.setErr(new PrintStream(
                new OutputStream() {
                    @Override
                    public synchronized void write(int b) {
                        usual.write(b);
                        seen.write(b);
                    }

                    @Override
                    public synchronized void write(byte[] bytes, int from, int count) {
                        usual.write(bytes, from, count);
                        seen.write(bytes, from, count);
                    }
                },
                true,
                StandardCharsets.UTF_8));
    }

    /** {@return all of it, if a sign of an exception is in it; else nothing} */
    public String found() {
        String all = seen.toString(StandardCharsets.UTF_8);
        return SIGNS.stream().anyMatch(all::contains) ? all : "";
    }

    @Override
    public void close() {
        System.setErr(usual);
    }
}
