package io.diskless.netboot.boot;

import java.util.List;

/**
 * Knows which files machines were given. It is asked on event loops, must not wait and must not throw. Implementations must be
 * thread-safe.
 */
@FunctionalInterface
public interface FetchedFiles {
    /**
     * What a machine has fetched since its boot began.
     *
     * @param facts who asks now
     * @param discover whether it looks for a server, by which a new boot may begin
     * @return the files that it was given whole, in their order, without a leading slash; empty where nothing is known
     */
    List<String> of(BootFacts facts, boolean discover);
}
