package io.diskless.drbd.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KernelStatusTest {

    /** Of a Linux 6.1: volume 2 in the middle of a resync, volume 3 connected to nobody. */
    private static final String TEXT = """
            version: 8.4.11 (api:1/proto:86-101)
            srcversion: F73C670A7EC572DB9CF3E5B

             2: cs:SyncTarget ro:Primary/Secondary ds:Inconsistent/UpToDate C r-----
                ns:4356 nr:3536 dw:3816 dr:4088 al:9 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:560
            \t[===================>] sync'ed:100.0% (560/4096)K
            \tfinish: 0:00:01 speed: 504 (440 -- 504) want: 1,024 K/sec
             3: cs:StandAlone ro:Secondary/Unknown ds:UpToDate/DUnknown   r-----
                ns:0 nr:0 dw:0 dr:0 al:8 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:20
            """;

    @Test
    void aVolumeIsFoundWithItsNumbers() {
        KernelStatus status = KernelStatus.find(TEXT, 2).orElseThrow();

        assertThat(status.is("SyncTarget", "Inconsistent/UpToDate")).isTrue();
        assertThat(status.role()).isEqualTo("Primary");
        assertThat(status.peerRole()).isEqualTo("Secondary");
        assertThat(status.protocol()).isEqualTo('C');
        assertThat(status.outOfSyncKiB()).isEqualTo(560);
        assertThat(status.counters()).containsEntry("ns", 4356L).containsEntry("al", 9L);
        assertThat(status.line()).startsWith("2: cs:").doesNotContain("StandAlone");
    }

    @Test
    void aVolumeWithoutAConnectionHasNoProtocol() {
        KernelStatus status = KernelStatus.find(TEXT, 3).orElseThrow();

        assertThat(status.connection()).isEqualTo("StandAlone");
        assertThat(status.protocol()).isEqualTo(' ');
        assertThat(status.outOfSyncKiB()).isEqualTo(20);
    }

    @Test
    void aVolumeThatIsNotThereIsNotFound() {
        assertThat(KernelStatus.find(TEXT, 1)).isEmpty();
        assertThat(KernelStatus.find("", 1)).isEmpty();
    }
}
