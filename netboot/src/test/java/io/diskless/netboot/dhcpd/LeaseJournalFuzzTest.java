package io.diskless.netboot.dhcpd;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Any file at all is a journal or is refused. */
class LeaseJournalFuzzTest {
    @FuzzTest(maxDuration = "10m")
    void journal(byte[] file) {
        List<Lease> leases = new ArrayList<>();
        LeaseJournal.Recovery found;
        try {
            found = LeaseJournal.read(file, leases);
        } catch (IOException e) {
            return;
        }
        expect(found.records() == leases.size(), "other records than were counted");
        long octets = found.tornOctets() + (found.records() + found.damaged()) * LeaseJournal.RECORD;
        expect(octets == file.length || octets + LeaseJournal.HEADER == file.length, "octets that were not counted");
    }

    private static void expect(boolean good, String otherwise) {
        if (!good) {
            throw new AssertionError(otherwise);
        }
    }
}
