package io.diskless.cluster.block.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.MemoryDevice;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GeometryStateTest {
    @Test
    void aListenerThatThrowsHarmsNobody() throws Exception {
        BlockGeometry small = MemoryDevice.create(4096).geometry();
        BlockGeometry large = MemoryDevice.create(8192).geometry();
        GeometryState state = new GeometryState(small);
        List<BlockGeometry> heard = new ArrayList<>();
        state.subscribe(geometry -> {
            throw new IllegalStateException("on purpose");
        });
        state.subscribe(heard::add);
        state.set(large);
        assertThat(heard).containsExactly(large);
    }
}
