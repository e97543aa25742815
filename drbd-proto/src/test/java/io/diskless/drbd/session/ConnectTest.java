package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.drbd.DrbdException;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.auth.SharedSecret;
import io.diskless.drbd.netty.LinkOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectTest {
    private static final String FRESH = "cs:Connected ro:Secondary/Secondary ds:Inconsistent/Inconsistent";

    private static SharedSecret secret(String text) {
        return SharedSecret.of(text.getBytes(StandardCharsets.US_ASCII));
    }

    @ParameterizedTest
    @ValueSource(ints = {86, 87, 88, 89, 90, 91, 94, 95, 96, 97, 100, 101})
    void everyVersionGetsToConnected(int version) {
        try (Pair pair = new Pair(Pair.fast().versions(version, version).build())) {
            pair.connect();

            pair.a.awaitState(FRESH);
            pair.b.awaitState(FRESH);
        }
    }

    @Test
    void aTimeoutIsLongEnoughToBeOne() {
        assertThatThrownBy(() -> Pair.fast().timeout(Duration.ofMillis(99), 7).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("timeout must be at least");
    }

    @ParameterizedTest
    @CsvSource({"LISTEN, CONNECT", "CONNECT, LISTEN", "BOTH, LISTEN", "CONNECT, BOTH", "BOTH, BOTH"})
    void eitherSideMayOpenTheSockets(LinkOptions.Mode a, LinkOptions.Mode b) {
        try (Pair pair = new Pair(
                o -> o.net(Pair.fast().connectMode(a).build()),
                o -> o.net(Pair.fast().connectMode(b).build()),
                1 << 20)) {
            pair.connect();

            pair.a.awaitState(FRESH);
            pair.b.awaitState(FRESH);
        }
    }

    @Test
    void aSharedSecretIsProven() {
        NetOptions net = Pair.fast()
                .authentication(DigestAlgorithm.SHA256, secret("geheim"))
                .build();
        try (Pair pair = new Pair(net)) {
            pair.connect();
            pair.a.awaitState(FRESH);

            assertThat(pair.a.events).anyMatch(e -> e instanceof DrbdEvent.Agreed g && g.authenticated());
        }
    }

    @Test
    void aWrongSecretEndsInStandAlone() {
        try (Pair pair = new Pair(
                o -> o.net(Pair.fast()
                        .authentication(DigestAlgorithm.MD5, secret("right"))
                        .build()),
                o -> o.net(Pair.fast()
                        .authentication(DigestAlgorithm.MD5, secret("wrong"))
                        .build()),
                1 << 20)) {
            pair.connect();
            pair.a.await(s -> lost(pair.a, DrbdException.Kind.AUTHENTICATION));
            pair.a.awaitState("cs:StandAlone");
        }
    }

    @Test
    void anotherProtocolIsAnErrorOfConfiguration() {
        try (Pair pair = new Pair(
                o -> o.net(Pair.fast().protocol(ReplicationProtocol.A).build()),
                o -> o.net(Pair.fast().protocol(ReplicationProtocol.C).build()),
                1 << 20)) {
            pair.connect();

            pair.a.await(s -> lost(pair.a, DrbdException.Kind.INCOMPATIBLE));
            pair.a.awaitState("cs:StandAlone");
            assertThat(pair.a.events.toString())
                    .contains("protocol must be alike on both sides: here A, at the peer C");
        }
    }

    @Test
    void aDisconnectIsAskedForAndThePeerKeepsWaiting() throws Exception {
        try (Pair pair = new Pair(Pair.fast().build())) {
            pair.connect();
            pair.a.awaitState(FRESH);
            pair.b.awaitState(FRESH);

            pair.a.resource.disconnect().get(60, TimeUnit.SECONDS);

            pair.a.awaitState("cs:StandAlone");
            pair.b.awaitState("cs:WFConnection");
            assertThat(pair.b.events.toString()).contains("the peer disconnects");

            pair.a.resource.connect();
            pair.a.awaitState(FRESH);
            pair.b.awaitState(FRESH);
        }
    }

    @Test
    void withoutGoodDataNobodyBecomesPrimary() {
        try (Pair pair = new Pair(Pair.fast().build())) {
            pair.connect();
            pair.a.awaitState(FRESH);

            assertThatThrownBy(() -> pair.a.resource.promote(false).get(60, TimeUnit.SECONDS))
                    .hasRootCauseInstanceOf(DrbdException.class)
                    .hasMessageContaining("an UpToDate disk is needed (rule -2)");
        }
    }

    private static boolean lost(Pair.Side side, DrbdException.Kind kind) {
        return side.events.stream()
                .anyMatch(e ->
                        e instanceof DrbdEvent.ConnectionLost l && l.cause().kind() == kind);
    }
}
