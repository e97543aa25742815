package io.diskless.drbd.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a Linux 6.1 answered to the challenge 00 01 … 3f with the secret {@code password}: one connection for each digest
 * that its configuration took as cram-hmac-alg.
 */
class KernelHmacVectorsTest {

    private static final String VECTORS = """
            md4,         ff397a8a5cac9e570c04fcca291dfcb8
            md5,         79365396df72d64b94eeeadb1d80dac9
            sha1,        e1694324302412273a497742428ca2b7d52f4289
            sha224,      1e544d8a3d18d210d07262ed686413634293ed6af819936904372445
            sha256,      80c20d85c3099ae88be6e31244a97ebf9fb5d49710ea6f8756beac1192d15cc0
            sha384,      dfd66e1b6d64c0d14c8af24ba6f68ca4eb838802b0a67547add698a3d2a1984d9c804580e167e0dbaef83bb647379f89
            sha512,      fd24c31534f83b528e06cfb3c6d03cc3f2e6418538de16839e19f5d6a1ea311ed943127bc2aaaadb8685d504163d652b6eaa620391e91b5ad67c296da616dd0f
            sha3-224,    b03917a579ef743d1856a355ef4b9a04cede0a9d75856ff89c842ede
            sha3-256,    c3b43eb130d0ab994e122e617616ffa8474fa02f99f2d678ec63aa07c08cffca
            sha3-384,    a3576bef9f95c1e722901b29ce04c7d5adb7edf2b656e3375b10af1478cc6cc804f8ae20f6968f230bddb38045c15959
            sha3-512,    b37848485d1f71eeafe286f6641dff8e8c173eb7c73b2a7e7bdeb950a8a2a9eae9c144ac25a33648095f8e2c6051e572df4c1b0b432ad2c9c13ac447d73f643c
            blake2b-160, aa9e2ca6d37e2171657233671fa74c5bd8e0051f
            blake2b-256, cd5b8bf5d493db9886cd39d2e35109ad5b2f89dca317aa01557ee8bebe9d3366
            blake2b-384, 3f139f2a49f248439d6e55d1cfa7a7d78cf664b3c117c3575cc35e98d496772e4e7a27b52a642f2ddb1204fcba8ba707
            blake2b-512, 03025e5af9b4f28cbbd43d100859df8a3dd8081d3e40a56078326f9f36c0605a13737b96ed02075f441a014ec03f0864aec4179bf3bbebc1b7387e97a1ced11d
            rmd160,      e1d92fc68cd65431066b9ce6b847ce57dcbe6082
            streebog256, 7639730b0be83bc14e1edab94210d0286f16b52f2d126a3b4934187bb351b136
            streebog512, 2a294f94de9d7fd5786afc6bac5d97b4a9c32ec8033291441eb65e26f936d1f5be0b1944ac17196874f1de82aad56b742e0e1d85a78e61a9f4471b8cf0f53d67
            wp256,       52982c946bd9eb49679695bdd2d7d33a3419df476ba8004dd20e3e728855ebfe
            wp384,       28540f3008d9d29641f224f5120c83c6c526d2a36d24dbebc3c4fcf666a7ce9ef6d0825f6b63035995f5989e1ae8456b
            wp512,       a6f0cf823c21b2382f40d0bcd9b88f1745616096a71b6e32b9e0593e82eee637899c769161ce0565b2587cdd2151020959a4ac45fceef9159ea9f760024fb425
            xxhash64,    3543bb989b775cf1
            """;

    @ParameterizedTest(name = "{0}")
    @CsvSource(textBlock = VECTORS)
    void weAnswerAChallengeAsTheKernelDoes(String name, String response) {
        DigestAlgorithm algorithm = DigestAlgorithm.ofKernelName(name).orElseThrow();
        byte[] challenge = new byte[CramHmac.CHALLENGE_BYTES];
        for (int i = 0; i < challenge.length; i++) {
            challenge[i] = (byte) i;
        }

        byte[] mac = new Hmac(algorithm).mac("password".getBytes(US_ASCII), challenge);

        assertThat(HexFormat.of().formatHex(mac)).isEqualTo(response);
    }
}
