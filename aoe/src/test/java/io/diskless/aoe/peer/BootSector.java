package io.diskless.aoe.peer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The first sector of a bootable disk, whose program writes a text to the first serial port and halts. Immutable.
 *
 * <pre>
 *   7c00  be NN 7c     mov si, text      the BIOS loads the sector at 0000:7c00
 *   7c03  31 c0        xor ax, ax
 *   7c05  8e d8        mov ds, ax
 *   7c07  ba fd 03     mov dx, 0x3fd     line status
 *   7c0a  ec           in al, dx
 *   7c0b  a8 20        test al, 0x20     transmitter empty?
 *   7c0d  74 f8        jz 7c07
 *   7c0f  ac           lodsb
 *   7c10  84 c0        test al, al
 *   7c12  74 06        jz 7c1a
 *   7c14  ba f8 03     mov dx, 0x3f8     data
 *   7c17  ee           out dx, al
 *   7c18  eb ed        jmp 7c07
 *   7c1a  fa           cli
 *   7c1b  f4           hlt
 *   7c1c  eb fc        jmp 7c1a
 *   7c1e               text, 0
 * </pre>
 */
final class BootSector {

    private static final int TEXT = 0x1e;
    private static final byte[] PROGRAM = {
        (byte) 0xbe,
        TEXT,
        0x7c,
        0x31,
        (byte) 0xc0,
        (byte) 0x8e,
        (byte) 0xd8,
        (byte) 0xba,
        (byte) 0xfd,
        0x03,
        (byte) 0xec,
        (byte) 0xa8,
        0x20,
        0x74,
        (byte) 0xf8,
        (byte) 0xac,
        (byte) 0x84,
        (byte) 0xc0,
        0x74,
        0x06,
        (byte) 0xba,
        (byte) 0xf8,
        0x03,
        (byte) 0xee,
        (byte) 0xeb,
        (byte) 0xed,
        (byte) 0xfa,
        (byte) 0xf4,
        (byte) 0xeb,
        (byte) 0xfc
    };

    private BootSector() {}

    /** 512 bytes with the signature 55 aa at their end. */
    static byte[] saying(String text) {
        ByteBuffer sector = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
        sector.put(PROGRAM).put(text.getBytes(StandardCharsets.US_ASCII)).put((byte) 0);
        sector.putShort(510, (short) 0xaa55);
        return sector.array();
    }
}
