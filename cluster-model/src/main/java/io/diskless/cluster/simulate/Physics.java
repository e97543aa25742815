package io.diskless.cluster.simulate;

import java.time.Duration;

/**
 * How fast things are that the model does not say. How fast ports are it does say. Immutable.
 *
 * @param firmware how long a machine's firmware takes before it asks the network; half to one and a half of it
 * @param kernel how long a kernel and its services take beside what they read; half to one and a half of it
 * @param bootBytes kernel and initial ramdisk of a machine
 * @param rootBytes what a machine reads of its root before it is ready
 * @param guestBytes what a guest reads of its volumes before it is ready
 * @param bootBytesPerSecond how fast one machine can fetch over TFTP or HTTP, whatever the network could do
 * @param diskBytesPerSecond how fast the disks of one machine are, all together
 * @param writeBytesPerSecond how much is written to a volume while a copy of it is away
 * @param detection how long it takes to notice that a machine is gone; half to one and a half of it
 * @param patience how long who waits for something goes on waiting
 * @param proofStates how many states of a plan are looked at before it is carried out; see
 *     {@link io.diskless.cluster.plan.proof.ProofOptions}
 */
public record Physics(
        Duration firmware,
        Duration kernel,
        long bootBytes,
        long rootBytes,
        long guestBytes,
        long bootBytesPerSecond,
        long diskBytesPerSecond,
        long writeBytesPerSecond,
        Duration detection,
        Duration patience,
        int proofStates) {
    private static final long MIB = 1L << 20;

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a time is negative, nothing is read, something has no speed, or nothing is proved
     */
    public Physics {
        for (Duration time : new Duration[] {firmware, kernel, detection, patience}) {
            if (time.isNegative()) {
                throw new IllegalArgumentException("a time is not negative, got " + time);
            }
        }
        if (bootBytes < 1 || rootBytes < 1 || guestBytes < 1 || writeBytesPerSecond < 0) {
            throw new IllegalArgumentException("something is read and no negative amount is written, got " + bootBytes
                    + ", " + rootBytes + ", " + guestBytes + " and " + writeBytesPerSecond);
        }
        if (bootBytesPerSecond < 1 || diskBytesPerSecond < 1 || proofStates < 1) {
            throw new IllegalArgumentException("speeds and a bound of a proof are at least 1, got " + bootBytesPerSecond
                    + ", " + diskBytesPerSecond + " and " + proofStates);
        }
    }

    /**
     * A plain server: firmware 30 s, kernel 8 s, 60 MiB to boot at 40 MiB/s, 300 MiB of a root, 200 MiB of a guest, disks of
     * 500 MiB/s, 1 MiB/s written to each volume, loss noticed after 10 s, one hour of patience, 200 states of each plan.
     *
     * @return the figures
     */
    public static Physics standard() {
        return new Physics(
                Duration.ofSeconds(30),
                Duration.ofSeconds(8),
                60 * MIB,
                300 * MIB,
                200 * MIB,
                40 * MIB,
                500 * MIB,
                MIB,
                Duration.ofSeconds(10),
                Duration.ofHours(1),
                200);
    }

    /**
     * The same with other disks.
     *
     * @param bytesPerSecond how fast the disks of one machine are, at least 1
     * @return new figures
     */
    public Physics disks(long bytesPerSecond) {
        return new Physics(
                firmware,
                kernel,
                bootBytes,
                rootBytes,
                guestBytes,
                bootBytesPerSecond,
                bytesPerSecond,
                writeBytesPerSecond,
                detection,
                patience,
                proofStates);
    }
}
