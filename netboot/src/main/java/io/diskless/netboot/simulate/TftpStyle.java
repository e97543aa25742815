package io.diskless.netboot.simulate;

import io.diskless.netboot.tftp.TftpRequest;
import java.util.ArrayList;
import java.util.List;

/** How each program asks by TFTP, as captured: which options in which order, and from which port on. Immutable. */
enum TftpStyle {
    IPXE(0, "blksize 1432 tsize 0"),
    PXELINUX(49_152, "tsize 0 blksize 1408"),
    /** edk2 asks for the size alone and then says that it gives up. */
    EDK2_PROBE(1851, "tsize 0 blksize 1468 windowsize 4"),
    EDK2(1852, "blksize 1468 windowsize 4"),
    GRUB(25_300, "blksize 1024 tsize 0");

    private final int firstPort;
    /** Names and values in turn, blanks between. */
    private final String options;

    TftpStyle(int firstPort, String options) {
        this.firstPort = firstPort;
        this.options = options;
    }

    /** The first port it takes; 0 for any. */
    int firstPort() {
        return firstPort;
    }

    byte[] request(String file) {
        String[] words = options.split(" ", -1);
        List<TftpRequest.Option> list = new ArrayList<>();
        for (int i = 0; i < words.length; i += 2) {
            list.add(new TftpRequest.Option(words[i], words[i + 1]));
        }
        return new TftpRequest(false, file, "octet", list).encode();
    }
}
