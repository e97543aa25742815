package io.diskless.drbd.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Known answers from the algorithms' own standards, and from the wire specification. */
class DigestAlgorithmVectorsTest {
    /** Message of example 1 of RFC 6986, which prints it last byte first. */
    private static final String STREEBOG_M1 = "012345678901234567890123456789012345678901234567890123456789012";

    private static final String ZEROS = "4096 zeros";

    private static final String VECTORS = """
            md4,         abc, a448017aaf21d8525fc10ae87aa6729d
            md5,         abc, 900150983cd24fb0d6963f7d28e17f72
            md5,         4096 zeros, 620f0b67a91f7f74151bc5be745b7110
            sha1,        abc, a9993e364706816aba3e25717850c26c9cd0d89d
            sha224,      abc, 23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7
            sha256,      abc, ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
            sha384,      abc, cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7
            sha512,      abc, ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f
            sha3-224,    abc, e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf
            sha3-256,    abc, 3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532
            sha3-384,    abc, ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25
            sha3-512,    abc, b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0
            blake2b-160, abc, 384264f676f39536840523f284921cdc68b6846b
            blake2b-256, abc, bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319
            blake2b-384, abc, 6f56a82c8e7ef526dfe182eb5212f7db9df1317e57815dbda46083fc30f54ee6c66ba83be64b302d7cba6ce15bb556f4
            blake2b-512, abc, ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923
            rmd160,      abc, 8eb208f7e05d987a9b044a8e98c6b087f15a0bfc
            sm3,         abc, 66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0
            streebog256, M1, 9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500
            streebog512, M1, 1b54d01a4af5b9d5cc3d86d68d285462b19abc2475222f35c085122be4ba1ffa00ad30f8767b3a82384c6574f024c311e2a481332b08ef7f41797891c1646f48
            wp256,       abc, 4e2448a4c6f486bb16b6562c73b4020bf3043e3a731bce721ae1b303d97e6d4c
            wp384,       abc, 4e2448a4c6f486bb16b6562c73b4020bf3043e3a731bce721ae1b303d97e6d4c7181eebdb6c57e277d0e34957114cbd6
            wp512,       abc, 4e2448a4c6f486bb16b6562c73b4020bf3043e3a731bce721ae1b303d97e6d4c7181eebdb6c57e277d0e34957114cbd6c797fc9d95d8b582d225292076d4eef5
            crc32c,      123456789, 839206e3
            crc32c,      4096 zeros, 8941f998
            crc32,       123456789, 882dfd2d
            crct10dif,   123456789, dbd0
            xxhash64,    '', 99e9d85137db46ef
            xxhash64,    abc, 990977adf52cbc44
            xxhash64,    Nobody inspects the spammish repetition, f18b378a3ca8cefb
            """;

    @ParameterizedTest(name = "{0} of {1}")
    @CsvSource(textBlock = VECTORS)
    void aKnownMessageHasItsKnownDigest(String name, String message, String digest) {
        DigestAlgorithm algorithm = DigestAlgorithm.ofKernelName(name).orElseThrow();
        byte[] bytes = switch (message) {
            case ZEROS -> new byte[4096];
            case "M1" -> STREEBOG_M1.getBytes(US_ASCII);
            default -> message.getBytes(US_ASCII);
        };
        BlockDigest computer = algorithm.newDigest();

        computer.update(bytes, 0, bytes.length);

        assertThat(HexFormat.of().formatHex(computer.finish())).isEqualTo(digest);
        assertThat(algorithm.digestBytes()).isEqualTo(digest.length() / 2);
    }

    @Test
    void everyAlgorithmHasAVector() {
        Set<String> tested = new TreeSet<>();
        VECTORS.lines().map(l -> l.substring(0, l.indexOf(','))).forEach(tested::add);

        assertThat(tested)
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(DigestAlgorithm.values())
                        .map(DigestAlgorithm::kernelName)
                        .toList());
    }

    @ParameterizedTest(name = "hmac({0}) {1} {2}")
    @CsvSource(textBlock = """
            # RFC 2202, RFC 2286, RFC 4231 test case 1
            md5,         0b*16, Hi There, 9294727a3638bb1c13f48ef8158bfc9d
            sha1,        0b*20, Hi There, b617318655057264e28bc0b6fb378c8ef146be00
            rmd160,      0b*20, Hi There, 24cb4bd67d20fc1a5d2ed7732dcc39377f0a5668
            sha224,      0b*20, Hi There, 896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22
            sha384,      0b*20, Hi There, afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6
            sha512,      0b*20, Hi There, 87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854
            sha3-256,    0b*20, Hi There, ba85192310dffa96e2a3a40e69774351140bb7185e1202cdcc917589f95e16bb
            sha3-512,    0b*20, Hi There, eb3fbd4b2eaab8f5c504bd3a41465aacec15770a7cabac531e482f860b5ec7ba47ccb2c6f2afce8f88d22b6dc61380f23a668fd3888bb80537c0a0b86407689e
            # RFC 4231 test case 6: a key longer than the block
            sha256,      aa*131, Test Using Larger Than Block-Size Key - Hash Key First, 60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54
            """)
    void aKnownMessageHasItsKnownMac(String name, String key, String message, String mac) {
        int star = key.indexOf('*');
        byte[] bytes = new byte[Integer.parseInt(key.substring(star + 1))];
        Arrays.fill(bytes, (byte) Integer.parseInt(key.substring(0, star), 16));

        byte[] result =
                new Hmac(DigestAlgorithm.ofKernelName(name).orElseThrow()).mac(bytes, message.getBytes(US_ASCII));

        assertThat(HexFormat.of().formatHex(result)).isEqualTo(mac);
    }

    /** RFC 7836, appendix B: the order of the bytes is the one that protocols use. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            streebog256, a1aa5f7de402d7b3d323f2991c8d4534013137010a83754fd0af6d7cd4922ed9
            streebog512, a59bab22ecae19c65fbde6e5f4e9f5d8549d31f037f9df9b905500e171923a773d5f1530f2ed7e964cb2eedc29e9ad2f3afe93b2814f79f5000ffc0366c251e6
            """)
    void streebogMakesTheMacsOfItsStandard(String name, String mac) {
        HexFormat hex = HexFormat.of();
        byte[] key = hex.parseHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        byte[] message = hex.parseHex("0126bdb87800af214341456563780100");

        byte[] result = new Hmac(DigestAlgorithm.ofKernelName(name).orElseThrow()).mac(key, message);

        assertThat(hex.formatHex(result)).isEqualTo(mac);
    }
}
