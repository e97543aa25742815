package io.diskless.aoe.link;

import static io.diskless.aoe.internal.linux.LinuxConstants.*;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.internal.linux.Bpf;
import io.diskless.aoe.internal.linux.PacketSockets;

/**
 * Several receive sockets that share one interface's frames. The kernel finds an unused number for the first; the others,
 * and all of them when the interface was created again, join by that number. Thread-safe.
 */
final class FanoutGroup {
    private static final int UNKNOWN = -1;

    private final LinkOptions.Fanout mode;
    private int id = UNKNOWN;

    FanoutGroup(LinkOptions.Fanout mode) {
        this.mode = mode;
    }

    /** Adds a bound socket. */
    synchronized void join(int fd) throws AoeException {
        int type = mode == LinkOptions.Fanout.ROUND_ROBIN ? PACKET_FANOUT_LB : PACKET_FANOUT_CBPF;
        if (id == UNKNOWN) {
            int ask = (type | PACKET_FANOUT_FLAG_UNIQUEID) << 16;
            PacketSockets.option(fd, SOL_PACKET, PACKET_FANOUT, ask, "PACKET_FANOUT with a new number");
            id = PacketSockets.intOption(fd, SOL_PACKET, PACKET_FANOUT, "reading PACKET_FANOUT") & 0xFFFF;
        } else {
            PacketSockets.option(fd, SOL_PACKET, PACKET_FANOUT, id | type << 16, "joining fanout group " + id);
        }
        if (mode != LinkOptions.Fanout.ROUND_ROBIN) {
            Bpf program = mode == LinkOptions.Fanout.TAG ? Bpf.fanoutByTag() : Bpf.fanoutByLba();
            PacketSockets.program(fd, SOL_PACKET, PACKET_FANOUT_DATA, program, "PACKET_FANOUT_DATA");
        }
    }
}
