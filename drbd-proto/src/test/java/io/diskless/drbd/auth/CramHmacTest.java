package io.diskless.drbd.auth;

import static io.diskless.drbd.auth.CramHmac.Verdict.ACCEPTED;
import static io.diskless.drbd.auth.CramHmac.Verdict.CHALLENGE_TOO_LONG;
import static io.diskless.drbd.auth.CramHmac.Verdict.CHALLENGE_TOO_SHORT;
import static io.diskless.drbd.auth.CramHmac.Verdict.OUT_OF_ORDER;
import static io.diskless.drbd.auth.CramHmac.Verdict.REFLECTED;
import static io.diskless.drbd.auth.CramHmac.Verdict.RESPONSE_LENGTH;
import static io.diskless.drbd.auth.CramHmac.Verdict.RESPONSE_WRONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CramHmacTest {
    private final Random random = new Random(42);
    private final SharedSecret password = secret("password");

    @ParameterizedTest
    @EnumSource
    void twoSidesWithOneSecretAcceptEachOther(DigestAlgorithm algorithm) {
        if (!algorithm.fitForHmac()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> side(algorithm, password))
                    .withMessageContaining(algorithm.kernelName());
            return;
        }
        CramHmac a = side(algorithm, password);
        CramHmac b = side(algorithm, secret("password"));

        assertThat(a.onChallenge(packet(b.challenge()))).isEqualTo(ACCEPTED);
        assertThat(b.onChallenge(packet(a.challenge()))).isEqualTo(ACCEPTED);
        assertThat(a.authenticated()).isFalse();
        assertThat(a.onResponse(packet(b.response()))).isEqualTo(ACCEPTED);
        assertThat(b.onResponse(packet(a.response()))).isEqualTo(ACCEPTED);

        assertThat(a.authenticated()).isTrue();
        assertThat(b.authenticated()).isTrue();
    }

    /** Wire spec §16: what two kernels said to each other. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            md5, password, 1307dc21a33f4581a1126a791a3dbde731fad78dd6027dc1efe142dd0b26d9bb9b950008883e499c9ddc4be091e37730c0ef5f6c199bb37d2801ab8ec7b35398, 1c31505fedb3565a3f44d765e709665a
            sha1, geheim, 7492f4f39a4c97268024a8a054602cba22771e37284dc483b0d25f71c93501d95c1a77ab45ff693c95be2fecbc5e503b85e7e6695c4f9e84771bb15ee6303a30, f60f45ce0ae0fca899ea311477063068f483bd20
            sha256, geheim2, 103da15107f6d31d43030e63f8c755ecfc2d123e1bc756d4585d050e532fb6de3d2bef5e9b198b724eedf7fbd7e2f09d70d14d7eef08ee6b3ecdbec001b3fd48, 80078ce19691e33e278a3f229f0f53a195883ab04ca2859c9b46167b2c2da6b1
            """)
    void aCapturedChallengeGetsTheCapturedResponse(String name, String key, String challenge, String response) {
        HexFormat hex = HexFormat.of();
        CramHmac side = side(DigestAlgorithm.ofKernelName(name).orElseThrow(), secret(key));

        assertThat(side.onChallenge(packet(hex.parseHex(challenge)))).isEqualTo(ACCEPTED);

        assertThat(hex.formatHex(side.response())).isEqualTo(response);
    }

    @Test
    void myOwnChallengeThrownBackIsRefusedHoweverLong() {
        CramHmac side = side(DigestAlgorithm.SHA256, password);

        assertThat(side.onChallenge(packet(Arrays.copyOf(side.challenge(), 128))))
                .isEqualTo(REFLECTED);

        assertThatIllegalStateException().isThrownBy(side::response);
        assertThat(side.onResponse(packet(new byte[32]))).isEqualTo(OUT_OF_ORDER);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 63, 129, 4096})
    void aChallengeOfAnotherSizeIsRefused(int bytes) {
        CramHmac side = side(DigestAlgorithm.SHA256, password);

        assertThat(side.onChallenge(packet(new byte[bytes])))
                .isEqualTo(bytes < 64 ? CHALLENGE_TOO_SHORT : CHALLENGE_TOO_LONG);
    }

    @Test
    void aLongChallengeIsAnsweredWhole() {
        CramHmac side = side(DigestAlgorithm.SHA256, password);
        byte[] challenge = new byte[128];
        random.nextBytes(challenge);

        assertThat(side.onChallenge(packet(challenge))).isEqualTo(ACCEPTED);

        assertThat(side.response()).isEqualTo(password.mac(new Hmac(DigestAlgorithm.SHA256), challenge));
    }

    @Test
    void anotherSecretIsFoundOut() {
        CramHmac a = side(DigestAlgorithm.SHA256, password);
        CramHmac b = side(DigestAlgorithm.SHA256, secret("wrong-password"));
        a.onChallenge(packet(b.challenge()));
        b.onChallenge(packet(a.challenge()));

        byte[] fromA = a.response();
        byte[] fromB = b.response();

        assertThat(a.onResponse(packet(fromB))).isEqualTo(RESPONSE_WRONG);
        assertThat(b.onResponse(packet(fromA))).isEqualTo(RESPONSE_WRONG);

        assertThat(a.authenticated()).isFalse();
        assertThat(a.onResponse(packet(fromB))).isEqualTo(OUT_OF_ORDER);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 20, 31, 33, 64})
    void aResponseOfAnotherAlgorithmIsFoundOutByItsSize(int bytes) {
        CramHmac side = side(DigestAlgorithm.SHA256, password);
        side.onChallenge(packet(new byte[64]));

        assertThat(side.onResponse(packet(new byte[bytes]))).isEqualTo(RESPONSE_LENGTH);
    }

    @Test
    void aSecondChallengeWouldBeAnOracleAndIsRefused() {
        CramHmac side = side(DigestAlgorithm.SHA256, password);
        side.onChallenge(packet(new byte[64]));

        assertThat(side.onChallenge(packet(new byte[64]))).isEqualTo(OUT_OF_ORDER);
        assertThatIllegalStateException().isThrownBy(side::response);
    }

    @Test
    void aResponseBeforeTheChallengeIsRefused() {
        assertThat(side(DigestAlgorithm.SHA256, password).onResponse(packet(new byte[32])))
                .isEqualTo(OUT_OF_ORDER);
    }

    @Test
    void aSecretNeitherShowsNorOutlivesItsClosing() {
        byte[] key = "geheim".getBytes(StandardCharsets.US_ASCII);
        SharedSecret secret = SharedSecret.of(key);
        CramHmac side = side(DigestAlgorithm.SHA256, secret);

        assertThat(secret.toString()).doesNotContain("geheim");
        assertThat(side.toString()).doesNotContain("geheim");
        secret.close();

        assertThatIllegalStateException().isThrownBy(() -> side.onChallenge(packet(new byte[64])));
        assertThat(key)
                .as("what the caller gave is the caller's")
                .isEqualTo("geheim".getBytes(StandardCharsets.US_ASCII));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 64, 1000})
    void aSecretThatTheKernelCannotHoldIsRefused(int bytes) {
        byte[] key = new byte[bytes];
        Arrays.fill(key, (byte) 'x');

        assertThatIllegalArgumentException()
                .isThrownBy(() -> SharedSecret.of(key))
                .withMessageContaining("1 to 63");
    }

    @Test
    void aSecretWithANulIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> SharedSecret.of(new byte[] {'a', 0, 'b'}));
    }

    private CramHmac side(DigestAlgorithm algorithm, SharedSecret secret) {
        return new CramHmac(algorithm, secret, random);
    }

    private static SharedSecret secret(String s) {
        return SharedSecret.of(s.toCharArray());
    }

    private static ByteBuf packet(byte[] payload) {
        return Unpooled.wrappedBuffer(payload);
    }
}
