package io.diskless.netboot.simulate;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootFiles;
import io.diskless.netboot.boot.BootPolicy;
import io.diskless.netboot.boot.BootProfile;
import io.diskless.netboot.boot.Firmware;
import io.diskless.netboot.boot.Host;
import io.diskless.netboot.boot.HostList;
import io.diskless.netboot.boot.HostTag;
import io.diskless.netboot.boot.StandardPolicy;
import io.diskless.netboot.tftp.TftpContent;
import io.diskless.netboot.tftp.TftpData;
import java.net.Inet4Address;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.zip.CRC32;

/** One host with a role that can change, a profile for each role, and files: what every simulated boot is made of. */
final class BootRoom {
    static final MacAddress MAC = MacAddress.parse("52:54:00:77:00:01");
    static final BootAnswer.Kernel KERNEL =
            new BootAnswer.Kernel("vmlinuz", List.of("initrd.img"), "console=ttyS0 quiet");
    static final AoeAddress FIRST = AoeAddress.parse("e0.1");
    static final AoeAddress SECOND = AoeAddress.parse("e1.1");

    final HostList hosts;
    final Map<String, byte[]> files = new HashMap<>();
    final BootPolicy policy;

    BootRoom(Inet4Address address) {
        hosts = new HostList(List.of(Host.of(MAC, HostTag.HARDWARE_NODE, "ruby").withAddress(address)));
        policy = StandardPolicy.of(
                hosts,
                Map.of(
                        HostTag.CONFIG_NODE,
                        BootProfile.always(new BootAnswer.LocalDisk()),
                        HostTag.STORAGE_NODE,
                        BootProfile.ipxe(KERNEL).build(),
                        HostTag.HARDWARE_NODE,
                        BootProfile.ipxe(new BootAnswer.AoeRoot(FIRST, Optional.of(SECOND), true))
                                .build(),
                        HostTag.INSTANCE,
                        BootProfile.builder()
                                .program(Firmware.BIOS, "pxelinux.0")
                                .program(Firmware.UEFI_X64, "grub/grubx64.efi")
                                .build()));
        Random random = new Random(4);
        for (String name :
                List.of("pxelinux.0", "ldlinux.c32", "grub/grubx64.efi", "ipxe.efi", "undionly.kpxe", "initrd.img")) {
            files.put(name, bytes(random, 40_000 + random.nextInt(4000)));
        }
        // Whole blocks of 1024, 1408, 1432 and 1468 octets alike end with an empty one somewhere.
        files.put("vmlinuz", bytes(random, 1024 * 300));
    }

    private static byte[] bytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** A profile of the machine's own. */
    void boots(BootProfile profile) {
        hosts.put(hosts.find(MAC).orElseThrow().withProfile(profile));
    }

    TftpContent content(String base) {
        BootFiles made = new BootFiles(policy, base);
        return ((TftpContent) (name, client) -> made.find(name).map(TftpData::of)).orElse(TftpContent.memory(files));
    }

    long crc(String file) {
        CRC32 sum = new CRC32();
        sum.update(files.get(file));
        return sum.getValue();
    }
}
