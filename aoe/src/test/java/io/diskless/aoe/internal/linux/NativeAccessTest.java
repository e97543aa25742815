package io.diskless.aoe.internal.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.link.LinkCapabilities;
import io.diskless.aoe.link.LinkProbe;
import io.diskless.aoe.link.Links;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Where the native door cannot be opened, a reason and a remedy come out instead of an error of class loading. */
class NativeAccessTest {
    @Test
    void otherSystemsAndArchitecturesAreNamed() {
        assertThat(NativeAccess.find("Windows 11", "amd64"))
                .isNotNull()
                .satisfies(o -> assertThat(o.reason()).contains("Linux only").contains("Windows 11"));
        assertThat(NativeAccess.find("Linux", "s390x"))
                .isNotNull()
                .satisfies(o -> assertThat(o.reason()).contains("s390x"));
    }

    @Test
    void theProbeSpeaksForItself() {
        assertThat(new LinkProbe("eth0", Optional.of(LinkCapabilities.Kind.SOCKET), "no rings", "do this"))
                .hasToString("eth0: plain packet sockets: no rings; do this");
        assertThat(Links.probe("").possible()).isFalse();
    }

    /** Prints what a program without JNA would see. */
    public static final class WithoutJna {
        private WithoutJna() {}

        /** Run in a JVM of its own. */
        public static void main(String[] arguments) {
            System.out.print(Links.probe("lo"));
        }
    }

    @Test
    void aMissingJnaIsAReasonNotAnError() throws Exception {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !new File(entry).getName().startsWith("jna-"))
                .collect(Collectors.joining(File.pathSeparator));
        Process process = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "-Xshare:auto",
                        "-cp",
                        classPath,
                        WithoutJna.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).startsWith("lo: no link: JNA cannot be used").contains("net.java.dev.jna:jna");
    }
}
