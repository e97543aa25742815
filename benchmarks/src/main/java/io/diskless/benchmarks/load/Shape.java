package io.diskless.benchmarks.load;

/**
 * What one scenario asks of a target.
 *
 * @param name for the table
 * @param mtu of both ends of the wire
 * @param sectors per request
 * @param depth requests under way
 * @param writes whether to write
 */
record Shape(String name, int mtu, int sectors, int depth, boolean writes) {
    int bytes() {
        return sectors * 512;
    }
}
