package io.diskless.aoe.cli;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.initiator.AoeDisk;
import io.diskless.aoe.initiator.AoeInitiator;
import io.diskless.aoe.initiator.DiskOptions;
import io.diskless.aoe.initiator.InitiatorOptions;
import io.diskless.aoe.initiator.TargetControl;
import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.LinkOptions;
import io.diskless.cluster.net.AoeAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What every command that talks to targets shares: links, an initiator on them, patience, and the form of the output. */
final class Session {
    @Mixin
    private LinkArgs links = new LinkArgs();

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "Patience with a target that does not answer. Default: ${DEFAULT-VALUE}.")
    private double timeout = 5;

    @Option(names = "--json", description = "Print one JSON document for programs.")
    private boolean json;

    boolean json() {
        return json;
    }

    Duration patience() {
        if (!(timeout > 0 && timeout <= 86_400)) {
            throw new IllegalArgumentException("--timeout is more than 0 and at most 86400 seconds, got " + timeout);
        }
        return Duration.ofNanos((long) (timeout * 1e9));
    }

    /** Opens links and starts an initiator on them; closing it closes both. */
    Open open() throws AoeException {
        // A wrong option is told before anything is opened.
        patience();
        List<EthernetLink> opened = links.open(LinkOptions.Role.INITIATOR, List.of());
        return new Open(
                opened, AoeInitiator.open(opened, InitiatorOptions.defaults()).start());
    }

    /** A running initiator and its links. */
    record Open(List<EthernetLink> links, AoeInitiator initiator) implements AutoCloseable {
        AoeDisk disk(AoeAddress address, Duration patience) throws AoeException {
            return initiator.disk(
                    address, DiskOptions.builder().openTimeout(patience).build());
        }

        /** The target's direct messages, once it is known to be there. */
        TargetControl control(AoeAddress address, Duration patience) throws AoeException {
            boolean known = initiator.discover(min(patience, Duration.ofMillis(300))).stream()
                    .anyMatch(t -> t.address().equals(address));
            if (!known
                    && initiator.discover(patience).stream()
                            .noneMatch(t -> t.address().equals(address))) {
                throw new AoeException(
                        AoeException.Kind.NO_TARGET,
                        "no target " + address + " answered on "
                                + String.join(
                                        ", ",
                                        links.stream().map(EthernetLink::name).toList())
                                + "; check that it serves this segment and lets this MAC address in");
            }
            return initiator.control(address);
        }

        private static Duration min(Duration a, Duration b) {
            return a.compareTo(b) < 0 ? a : b;
        }

        @Override
        public void close() throws AoeException {
            initiator.close();
            for (EthernetLink link : links) {
                link.close();
            }
        }
    }

    /** Waits for a future and unwraps its failure. */
    static <T> T await(CompletableFuture<T> future) throws IOException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new AoeException(AoeException.Kind.IO, String.valueOf(e.getCause()), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AoeException(AoeException.Kind.CLOSED, "interrupted", e);
        }
    }
}
