package io.diskless.drbd.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCounted;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The same classes, seen through a loader that has everything but the optional library. */
class WithoutBouncyCastleTest {
    @Test
    void theLibraryIsNamedWhereItIsMissingAndTheRestWorks() throws Exception {
        URL[] places = {place(DigestAlgorithm.class), place(ByteBuf.class), place(ReferenceCounted.class)};
        try (URLClassLoader loader = new URLClassLoader(places, ClassLoader.getPlatformClassLoader())) {
            Class<?> there = Class.forName(DigestAlgorithm.class.getName(), true, loader);
            Method unavailable = there.getMethod("unavailable");
            Method newDigest = there.getMethod("newDigest");
            int works = 0;
            for (Object algorithm : there.getEnumConstants()) {
                DigestAlgorithm here = DigestAlgorithm.valueOf(((Enum<?>) algorithm).name());
                Optional<?> reason = (Optional<?>) unavailable.invoke(algorithm);
                if (reason.isEmpty()) {
                    byte[] ofNothing = (byte[]) loader.loadClass(BlockDigest.class.getName())
                            .getMethod("finish")
                            .invoke(newDigest.invoke(algorithm));
                    assertThat(ofNothing).isEqualTo(here.newDigest().finish());
                    works++;
                    continue;
                }
                assertThat(reason.get())
                        .asString()
                        .contains(here.kernelName(), "org.bouncycastle:bcprov-jdk18on", "--add-modules");
                assertThatThrownBy(() -> newDigest.invoke(algorithm))
                        .isInstanceOf(InvocationTargetException.class)
                        .cause()
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessage(reason.get().toString());
            }
            assertThat(works).as("md5, SHA-1, -2, -3 and the checksums").isEqualTo(14);
        }
    }

    @Test
    void everythingWorksWhereItIsThere() {
        assertThat(DigestAlgorithm.values())
                .allSatisfy(a -> assertThat(a.unavailable()).isEmpty());
    }

    private static URL place(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation();
    }
}
