package io.diskless.cluster.importing;

import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.guest.LibvirtDisk;
import io.diskless.cluster.conf.guest.LibvirtDomain;
import io.diskless.cluster.conf.guest.XlConfig;
import io.diskless.cluster.conf.guest.XlDisk;
import io.diskless.cluster.model.compute.BootKind;
import io.diskless.cluster.model.compute.GuestNic;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Placement;
import io.diskless.cluster.model.compute.VolumeUse;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.net.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the hypervisors' files say. Not thread-safe. */
final class GuestReading {
    private static final Pattern MAC = Pattern.compile("mac=([0-9a-fA-F:]{17})");
    private static final Pattern MEMORY =
            Pattern.compile("<memory(?:\\s+unit\\s*=\\s*['\"]([A-Za-z]+)['\"])?\\s*>\\s*([0-9]{1,15})\\s*<");
    private static final long KIB = 1024;

    private final Reading reading;

    GuestReading(Reading reading) {
        this.reading = reading;
    }

    void read(String host, XlConfig config) {
        ConfigText text = config.text();
        List<VolumeUse> volumes = new ArrayList<>();
        for (XlDisk disk : config.disks()) {
            volumes.add(
                    new VolumeUse(reading.lower(text, 0, host, disk.target()), !disk.readOnly(), VolumeUse.Cache.NONE));
        }
        List<MacAddress> macs = new ArrayList<>();
        Matcher mac = MAC.matcher(text.text());
        while (mac.find()) {
            macs.add(MacAddress.parse(mac.group(1)));
        }
        // The letters of boot= are tried one after the other; n is the network.
        BootKind boot = boot(
                text,
                config.value("kernel"),
                config.value("ramdisk"),
                config.value("extra"),
                config.value("boot").filter(order -> order.startsWith("n")).isPresent());
        put(
                host,
                text,
                config.value("name"),
                number(config.value("vcpus")).orElse(1),
                number(config.value("memory")).orElse(0) * KIB * KIB,
                boot,
                volumes,
                macs);
    }

    void read(String host, LibvirtDomain domain) {
        ConfigText text = domain.text();
        List<VolumeUse> volumes = new ArrayList<>();
        for (LibvirtDisk disk : domain.disks()) {
            volumes.add(new VolumeUse(
                    reading.lower(text, 0, host, disk.device()), !disk.readOnly(), cache(text, disk.cache())));
        }
        Matcher memory = MEMORY.matcher(text.text());
        long bytes = 0;
        if (memory.find()) {
            bytes = Long.parseLong(memory.group(2)) * unit(memory.group(1) == null ? "KiB" : memory.group(1));
        }
        put(
                host,
                text,
                domain.value("name"),
                number(domain.value("vcpu")).orElse(1),
                bytes,
                boot(
                        text,
                        domain.direct("kernel"),
                        domain.direct("initrd"),
                        domain.direct("cmdline"),
                        domain.boot().filter("network"::equals).isPresent()),
                volumes,
                domain.macs());
    }

    private BootKind boot(
            ConfigText text,
            Optional<String> kernel,
            Optional<String> initrd,
            Optional<String> commandLine,
            boolean network) {
        if (kernel.isPresent()) {
            return new BootKind.KernelBoot(kernel.get(), initrd.orElse(""), commandLine.orElse(""));
        }
        return network ? new BootKind.NetworkBoot(reading.profile(text)) : new BootKind.DiskBoot();
    }

    /** What libvirt and QEMU make of a cache mode; without one QEMU caches writes. */
    private VolumeUse.Cache cache(ConfigText text, String mode) {
        return switch (mode) {
            case "none" -> VolumeUse.Cache.NONE;
            case "directsync" -> VolumeUse.Cache.DIRECT_SYNC;
            case "writethrough" -> VolumeUse.Cache.WRITE_THROUGH;
            case "", "default", "writeback" -> VolumeUse.Cache.WRITE_BACK;
            default -> {
                reading.warn(text, 0, "cache", "cache mode " + mode + " is taken for writeback");
                yield VolumeUse.Cache.WRITE_BACK;
            }
        };
    }

    /** As libvirt's documentation of scaled integers has it; without a unit it is KiB. */
    private static long unit(String word) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "b", "bytes" -> 1;
            case "mib", "m" -> KIB * KIB;
            case "gib", "g" -> KIB * KIB * KIB;
            default -> KIB;
        };
    }

    private static OptionalLong number(Optional<String> text) {
        return text.filter(digits -> digits.matches("[0-9]{1,15}|0x[0-9a-fA-F]{1,12}")).stream()
                .mapToLong(Long::decode)
                .findFirst();
    }

    private void put(
            String host,
            ConfigText text,
            Optional<String> name,
            long vcpus,
            long memory,
            BootKind boot,
            List<VolumeUse> volumes,
            List<MacAddress> macs) {
        reading.machines().is(host, Machines.Trait.RUNS_GUESTS);
        if (name.isEmpty() || !name.get().matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
            reading.warn(text, 0, "guest-name", "the guest has no name that the model can take, and is left out");
            return;
        }
        if (memory < 1) {
            reading.warn(text, 0, "stands-in", "the file does not say how much memory the guest has; 1 MiB stands in");
        }
        macs.forEach(reading::guest);
        reading.put(
                text,
                0,
                new Instance(
                        new InstanceId(name.get()),
                        (int) Math.max(1, Math.min(vcpus, 4096)),
                        memory < 1 ? KIB * KIB : memory,
                        boot,
                        volumes,
                        macs.stream()
                                .map(mac -> new GuestNic(mac, Machines.SEGMENT))
                                .toList(),
                        new Placement.Stopped(),
                        0));
    }
}
