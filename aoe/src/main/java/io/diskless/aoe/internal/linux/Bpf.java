package io.diskless.aoe.internal.linux;

import java.util.ArrayList;
import java.util.List;

/**
 * Classic BPF programs (struct sock_filter: code, jt, jf, k; 8 bytes). Written so that the kernel refuses a frame before it
 * costs a slot and a wake-up. Immutable.
 */
public final class Bpf {
    private static final int LD_W_ABS = 0x20;
    private static final int LD_H_ABS = 0x28;
    private static final int LD_B_ABS = 0x30;
    private static final int JEQ = 0x15;
    private static final int JSET = 0x45;
    private static final int RET_K = 0x06;
    private static final int RET_A = 0x16;
    private static final int LSH = 0x64;
    private static final int RSH = 0x74;
    private static final int OR_X = 0x4C;
    private static final int TAX = 0x07;
    /** SKF_AD_OFF + SKF_AD_PKTTYPE: not a byte of the frame but what the kernel says whom it is for. */
    private static final int PKTTYPE = 0xFFFFF004;

    private static final int HOST = 0;
    private static final int BROADCAST = 1;
    private static final int WHOLE_FRAME = 0x40000;

    private static final int ETHERTYPE_AT = 12;
    private static final int FLAGS_AT = 14;
    private static final int RESPONSE = 0x08;

    private final long[] program;

    private Bpf(List<long[]> lines) {
        program = new long[lines.size()];
        for (int i = 0; i < program.length; i++) {
            long[] l = lines.get(i);
            // In memory: u16 code, u8 jt, u8 jf, u32 k; little-endian.
            program[i] = l[0] | l[1] << 16 | l[2] << 24 | (l[3] & 0xFFFF_FFFFL) << 32;
        }
    }

    /**
     * AoE frames for this station or for all. Frames of other VLANs come with their tag stripped and give themselves away
     * only by a packet type of neither.
     *
     * @param requests whether frames with the response bit clear pass
     * @param responses whether frames with the response bit set pass
     */
    public static Bpf aoe(boolean requests, boolean responses) {
        boolean both = requests && responses;
        List<long[]> p = new ArrayList<>();
        int reject = both ? 6 : 8;
        p.add(line(LD_W_ABS, 0, 0, PKTTYPE));
        p.add(line(JEQ, 1, 0, HOST));
        p.add(line(JEQ, 0, reject - 3, BROADCAST));
        p.add(line(LD_H_ABS, 0, 0, ETHERTYPE_AT));
        p.add(line(JEQ, 0, reject - 5, 0x88A2));
        if (!both) {
            p.add(line(LD_B_ABS, 0, 0, FLAGS_AT));
            p.add(responses ? line(JSET, 0, reject - 7, RESPONSE) : line(JSET, reject - 7, 0, RESPONSE));
        }
        p.add(line(RET_K, 0, 0, WHOLE_FRAME));
        p.add(line(RET_K, 0, 0, 0));
        return new Bpf(p);
    }

    /** For fanout: the low bits of the tag. Fanout programs see the frame without its Ethernet header. */
    public static Bpf fanoutByTag() {
        return new Bpf(List.of(line(LD_W_ABS, 0, 0, 6), line(RET_A, 0, 0, 0)));
    }

    /** For fanout: 4 KiB block number of the ATA command's LBA (bytes 14, 15: its two low bytes). */
    public static Bpf fanoutByLba() {
        return new Bpf(List.of(
                line(LD_B_ABS, 0, 0, 15),
                line(LSH, 0, 0, 5),
                line(TAX, 0, 0, 0),
                line(LD_B_ABS, 0, 0, 14),
                line(RSH, 0, 0, 3),
                line(OR_X, 0, 0, 0),
                line(RET_A, 0, 0, 0)));
    }

    int length() {
        return program.length;
    }

    /** The sock_fprog: u16 count at 0, pointer at 8, and the program behind it. */
    NativeMemory image() {
        NativeMemory memory = new NativeMemory(16 + 8 * program.length);
        memory.bytes().putShort(0, (short) program.length).putLong(8, memory.address(16));
        for (int i = 0; i < program.length; i++) {
            memory.bytes().putLong(16 + 8 * i, program[i]);
        }
        return memory;
    }

    private static long[] line(int code, int jt, int jf, int k) {
        return new long[] {code, jt, jf, k};
    }
}
