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
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What every command that talks to targets shares: links, an initiator on them, patience, and the form of the output. */
final class Session {
    @Mixin
    private LinkArgs links = new LinkArgs();

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "Patience with a target that does not answer. Default: 5; 30 for a request of copy or bench.")
    private @Nullable Double timeout;

    @Option(names = "--json", description = "Print one JSON document for programs.")
    private boolean json;

    boolean json() {
        return json;
    }

    Duration patience() {
        return seconds(5);
    }

    private Duration deadline() {
        return seconds(30);
    }

    /** What the user says, or else this. */
    Duration seconds(double otherwise) {
        double value = timeout == null ? otherwise : timeout;
        if (!(value >= 0.001 && value <= 86_400)) {
            throw new IllegalArgumentException("--timeout is 0.001 to 86400 seconds, got " + value);
        }
        return Duration.ofNanos((long) (value * 1e9));
    }

    /** Opens links and starts an initiator on them; closing it closes both. */
    Open open() throws AoeException {
        // A wrong option is told before anything is opened.
        patience();
        List<EthernetLink> opened = links.open(LinkOptions.Role.INITIATOR, List.of());
        return new Open(
                opened, AoeInitiator.open(opened, InitiatorOptions.defaults()).start(), patience(), deadline());
    }

    /** A running initiator and its links, and how long to wait for a target and for a request of a disk. */
    record Open(List<EthernetLink> links, AoeInitiator initiator, Duration patience, Duration deadline)
            implements AutoCloseable {
        AoeDisk disk(AoeAddress address) throws AoeException {
            return initiator.disk(
                    address,
                    DiskOptions.builder()
                            .openTimeout(patience)
                            .deadline(deadline)
                            .build());
        }

        /** The target's direct messages, once it is known to be there. */
        TargetControl control(AoeAddress address) throws AoeException {
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
                                + "; check that it serves this segment and that this MAC address is on its mask and access lists");
            }
            return initiator.control(address).withPatience(patience);
        }

        private static Duration min(Duration a, Duration b) {
            return a.compareTo(b) < 0 ? a : b;
        }

        @Override
        public void close() throws AoeException {
            initiator.close();
            AoeException failure = null;
            for (EthernetLink link : links) {
                try {
                    link.close();
                } catch (AoeException e) {
                    if (failure == null) {
                        failure = e;
                    } else {
                        failure.addSuppressed(e);
                    }
                }
            }
            if (failure != null) {
                throw failure;
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
