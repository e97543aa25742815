package io.diskless.cluster.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.FileOptions.Mode;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.io.TempDir;

/** A file of its own for each test. */
abstract class FileBench {
    static final int MIB = 1 << 20;

    static final Completion IGNORE = new Completion() {
        @Override
        public void completed() {}

        @Override
        public void failed(BlockException cause) {
            throw new AssertionError(cause);
        }
    };

    @TempDir
    Path folder;

    Path image() {
        return folder.resolve("image");
    }

    static ByteBuffer filled(int length, int value) {
        ByteBuffer buffer =
                ByteBuffer.allocateDirect(length + 8192).alignedSlice(4096).slice(0, length);
        for (int i = 0; i < length; i++) {
            buffer.put(i, (byte) value);
        }
        return buffer;
    }

    static void fails(Kind kind, ThrowableAssert.ThrowingCallable call, String... words) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        BlockException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .message()
                .contains(words);
    }

    FileDevice open(Mode mode, long size) throws Exception {
        if (mode == Mode.DIRECT) {
            FileDeviceContractTest.assumeDirect();
        }
        return FileDevice.open(
                image(), FileOptions.builder().mode(mode).create(size).build());
    }
}
