package io.diskless.netboot.simulate;

import java.io.IOException;
import java.util.random.RandomGenerator;

/**
 * Boots a machine that is not there: the whole conversation by DHCP, ProxyDHCP, port 4011, TFTP and HTTP, until a kernel, a
 * root or nothing is reached. Thread-safe: it has no state.
 */
public final class SimulatedClient {
    private SimulatedClient() {}

    /**
     * Boots once. What goes wrong on the way is the boot's end, as it is for a real machine.
     *
     * @param machine who boots
     * @param link its network card; it stays the caller's
     * @param random for transactions
     * @return what became of it
     */
    public static BootRun boot(SimulatedMachine machine, ClientLink link, RandomGenerator random) {
        Notes notes = new Notes();
        BootSession session = new BootSession(machine, link, random, notes);
        BootEnd end;
        try {
            end = session.start(machine.kind());
        } catch (IOException | IllegalArgumentException e) {
            end = new BootEnd.Failed(String.valueOf(e.getMessage()));
        }
        notes.step("end: " + end);
        return new BootRun(end, session.address(), notes.files(), notes.steps());
    }
}
