package io.diskless.aoe.pair;

import org.junit.jupiter.api.Test;

/** A million random operations over an impaired Ethernet; {@link ImpairedPairTest} is the short form. */
class ImpairedPairIT {
    @Test
    void aMillionOperations() throws Exception {
        new ImpairedRun(1, 1500, 400_000, 21).run();
        new ImpairedRun(2, 9000, 400_000, 22).run();
        new ImpairedRun(2, 1500, 200_000, 23).withFailures().run();
    }
}
