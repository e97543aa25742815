package io.diskless.drbd.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class StateWordTest {
    @Test
    void readsTheWordsThatAKernelSent() {
        assertThat(StateWord.describe(0x0000d082))
                .isEqualTo("cs:WFConnection ro:Secondary/Unknown ds:UpToDate/DUnknown");
        assertThat(StateWord.describe(0x0000c882))
                .isEqualTo("cs:WFConnection ro:Secondary/Unknown ds:Inconsistent/DUnknown");
        assertThat(StateWord.describe(0x000088aa))
                .isEqualTo("cs:Connected ro:Secondary/Secondary ds:Inconsistent/Inconsistent");
    }

    @Test
    void packsTheRequestsThatAKernelSent() {
        int primary = StateWord.withRole(0, Role.PRIMARY);
        assertThat(StateWord.ROLE_MASK | StateWord.DISK_MASK).isEqualTo(0x1e03);
        assertThat(StateWord.withDisk(primary, DiskState.UP_TO_DATE)).isEqualTo(0x1001);
        assertThat(StateWord.CONN_MASK).isEqualTo(0x1f0);
        assertThat(StateWord.withConnection(0, ConnectionState.VERIFY_S)).isEqualTo(0x120);
        assertThat(StateWord.withConnection(0, ConnectionState.STARTING_SYNC_T)).isEqualTo(0xc0);
        assertThat(StateWord.withConnection(0, ConnectionState.DISCONNECTING)).isEqualTo(0x10);
        assertThat(StateWord.withDisk(0, DiskState.FAILED)).isEqualTo(0x400);
    }

    @Test
    void keepsAndShowsCodesThatNobodyAssigned() {
        int word = StateWord.CONN_MASK | StateWord.DISK_MASK | StateWord.ROLE_MASK | (1 << 23);
        VolumeState state = new VolumeState(word);
        assertThat(state.connection()).isEqualTo(ConnectionState.UNRECOGNIZED);
        assertThat(state.disk()).isEqualTo(DiskState.UNRECOGNIZED);
        assertThat(state.role()).isEqualTo(Role.UNRECOGNIZED);
        assertThat(state).hasToString("cs:31? ro:3?/Unknown ds:15?/Diskless +0x800000");
        assertThatThrownBy(() -> state.withDisk(DiskState.UNRECOGNIZED))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("DiskState.UNRECOGNIZED has no code");
    }

    @Test
    void translatesWhatADrbd9PeerSends() {
        int connected = StateWord.of(
                Role.PRIMARY, Role.SECONDARY, ConnectionState.CONNECTED, DiskState.INCONSISTENT, DiskState.UP_TO_DATE);
        int nine = (connected & ~StateWord.DISK_MASK) | (9 << 9) | (1 << 23);
        assertThat(StateWord.fromPeer(nine)).isEqualTo(StateWord.withDisk(connected, DiskState.UP_TO_DATE));
        assertThat(StateWord.fromPeer(connected)).isEqualTo(connected);
    }

    @Test
    void everyCodeAndItsNameAreTheOnesOfTheTable() {
        for (ConnectionState state : ConnectionState.values()) {
            if (state != ConnectionState.UNRECOGNIZED) {
                assertThat(ConnectionState.of(state.code())).isSameAs(state);
            }
        }
        for (DiskState state : DiskState.values()) {
            if (state != DiskState.UNRECOGNIZED) {
                assertThat(DiskState.of(state.code())).isSameAs(state);
            }
        }
        assertThat(ConnectionState.of(23)).isEqualTo(ConnectionState.BEHIND);
        assertThat(DiskState.of(8)).isEqualTo(DiskState.UP_TO_DATE);
        assertThat(Role.of(2)).isEqualTo(Role.SECONDARY);
    }

    @Test
    void flagsAreSetAndClearedAlone() {
        VolumeState paused = new VolumeState(0).withFlags(StateWord.USER_ISP | StateWord.SUSP, true);
        assertThat(paused.has(StateWord.USER_ISP)).isTrue();
        assertThat(paused.has(StateWord.USER_ISP | StateWord.AFTR_ISP)).isFalse();
        assertThat(paused.withFlags(StateWord.SUSP, false).word()).isEqualTo(1 << 20);
    }
}
