package io.diskless.netboot.cli;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootProfile;
import io.diskless.netboot.boot.Firmware;
import io.diskless.netboot.boot.HostTag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads {@code TAG=WHAT}: how the machines of a role boot. */
final class Profiles {
    private Profiles() {}

    static Map<HostTag, BootProfile> of(List<String> words) throws IOException {
        Map<HostTag, BootProfile> all = new EnumMap<>(HostTag.class);
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("expected TAG=WHAT, got \"" + word + "\"");
            }
            all.put(HostTag.parse(word.substring(0, equals)), profile(word.substring(equals + 1)));
        }
        return all;
    }

    private static BootProfile profile(String what) throws IOException {
        int colon = what.indexOf(':');
        String kind = colon < 0 ? what : what.substring(0, colon);
        String rest = colon < 0 ? "" : what.substring(colon + 1);
        return switch (kind) {
            case "aoe" -> BootProfile.ipxe(aoe(rest)).build();
            case "kernel" -> BootProfile.ipxe(kernel(rest)).build();
            case "script" ->
                BootProfile.ipxe(new BootAnswer.Script(Files.readString(Path.of(rest))))
                        .build();
            case "program" -> program(rest);
            case "address" -> BootProfile.always(new BootAnswer.AddressOnly());
            case "local" -> BootProfile.always(new BootAnswer.LocalDisk());
            case "deny" -> BootProfile.always(new BootAnswer.Deny(rest.isEmpty() ? "denied by the profile" : rest));
            default ->
                throw new IllegalArgumentException(
                        "expected aoe:E, kernel:FILES, script:FILE, program:FILES, address, local or deny," + " got \""
                                + what + "\"");
        };
    }

    private static BootAnswer aoe(String paths) {
        String[] two = paths.split(",", 2);
        return new BootAnswer.AoeRoot(
                AoeAddress.parse(two[0]),
                two.length == 2 ? Optional.of(AoeAddress.parse(two[1])) : Optional.empty(),
                false);
    }

    /** {@code vmlinuz,initrd.img arguments}. */
    private static BootAnswer kernel(String text) {
        String[] parts = text.split(" ", 2);
        List<String> files = List.of(parts[0].split(",", -1));
        return new BootAnswer.Kernel(files.get(0), files.subList(1, files.size()), parts.length == 2 ? parts[1] : "");
    }

    /** {@code pxelinux.0,grubx64.efi}: for a BIOS, and for UEFI on x86-64. */
    private static BootProfile program(String text) {
        String[] files = text.split(",", 2);
        BootProfile.Builder builder = BootProfile.builder().program(Firmware.BIOS, files[0]);
        return (files.length == 2 ? builder.program(Firmware.UEFI_X64, files[1]) : builder).build();
    }
}
