package io.diskless.cluster.render;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.BootKind;
import io.diskless.cluster.model.compute.GuestNic;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.VolumeUse;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/**
 * Writes what the hypervisor of a HardwareNode reads of a guest. A guest's ports are on bridges that have the names of their
 * segments. Equal models make equal files. Stateless.
 */
public final class GuestFiles {
    private static final long MIB = 1L << 20;
    private static final int MOST_DISKS = 26;

    private GuestFiles() {}

    private static Instance guest(Model model, InstanceId id) {
        return model.get(id, Instance.class)
                .orElseThrow(() -> new IllegalArgumentException("there is no " + id + " in the model"));
    }

    private static String disk(String prefix, int index) {
        if (index >= MOST_DISKS) {
            throw new IllegalArgumentException("a guest has " + MOST_DISKS + " disks at most");
        }
        return prefix + (char) ('a' + index);
    }

    /**
     * The file that {@code xl create} takes.
     *
     * @param model the site
     * @param id which guest
     * @param host where it shall run, for that is where its volumes must have devices
     * @return the file
     * @throws IllegalArgumentException if there is no such guest, or a volume has no device on that host
     */
    public static String xl(Model model, InstanceId id, NodeId host) {
        Instance guest = guest(model, id);
        StringBuilder out = new StringBuilder();
        out.append("name = ").append(quoted(id.name())).append('\n');
        if (guest.boot() instanceof BootKind.KernelBoot kernel) {
            out.append("type = \"pv\"\nkernel = ")
                    .append(quoted(kernel.kernel()))
                    .append('\n');
            if (!kernel.initrd().isEmpty()) {
                out.append("ramdisk = ").append(quoted(kernel.initrd())).append('\n');
            }
            if (!kernel.commandLine().isEmpty()) {
                out.append("extra = ").append(quoted(kernel.commandLine())).append('\n');
            }
        } else {
            out.append("type = \"hvm\"\nboot = \"");
            out.append(guest.boot() instanceof BootKind.NetworkBoot ? 'n' : 'c').append("\"\n");
        }
        out.append("memory = ").append(mebibytes(guest)).append("\nvcpus = ").append(guest.vcpus());
        List<String> disks = new ArrayList<>();
        for (VolumeUse use : guest.volumes()) {
            disks.add(quoted("format=raw,vdev=" + disk("xvd", disks.size()) + ",access="
                    + (use.writable() ? "rw" : "ro") + ",target="
                    + Devices.need(model, use.layer(), host, id.toString())));
        }
        List<String> ports = new ArrayList<>();
        for (GuestNic nic : guest.nics()) {
            ports.add(quoted("mac=" + nic.mac() + ",bridge=" + nic.segment().name()));
        }
        out.append("\ndisk = [ ").append(String.join(", ", disks)).append(" ]\nvif = [ ");
        return out.append(String.join(", ", ports)).append(" ]\n").toString();
    }

    /** Memory is told in whole MiB; a guest never gets less than it was promised. */
    private static long mebibytes(Instance guest) {
        return (guest.memoryBytes() + MIB - 1) / MIB;
    }

    private static String quoted(String value) {
        if (value.indexOf('"') >= 0 || value.indexOf('\n') >= 0) {
            throw new IllegalArgumentException("a value of xl.cfg cannot hold a quote or a line feed, got " + value);
        }
        return '"' + value + '"';
    }

    /**
     * The domain that {@code virsh create} takes. Its UUID follows from the guest's name, so it is the same on every host and
     * at every time.
     *
     * @param model the site
     * @param id which guest
     * @param host where it shall run
     * @return the file
     * @throws IllegalArgumentException if there is no such guest, or a volume has no device on that host
     */
    public static String libvirt(Model model, InstanceId id, NodeId host) {
        Instance guest = guest(model, id);
        StringBuilder out = new StringBuilder("<domain type='kvm'>\n");
        element(out, 1, "name", id.name());
        element(
                out,
                1,
                "uuid",
                UUID.nameUUIDFromBytes(id.toString().getBytes(UTF_8)).toString());
        out.append("  <memory unit='MiB'>").append(mebibytes(guest)).append("</memory>\n");
        out.append("  <vcpu placement='static'>").append(guest.vcpus()).append("</vcpu>\n");
        out.append("  <os>\n    <type arch='x86_64' machine='q35'>hvm</type>\n");
        if (guest.boot() instanceof BootKind.KernelBoot kernel) {
            element(out, 2, "kernel", kernel.kernel());
            if (!kernel.initrd().isEmpty()) {
                element(out, 2, "initrd", kernel.initrd());
            }
            if (!kernel.commandLine().isEmpty()) {
                element(out, 2, "cmdline", kernel.commandLine());
            }
        } else {
            out.append("    <boot dev='");
            out.append(guest.boot() instanceof BootKind.NetworkBoot ? "network" : "hd")
                    .append("'/>\n");
        }
        out.append("  </os>\n  <devices>\n");
        for (int i = 0; i < guest.volumes().size(); i++) {
            VolumeUse use = guest.volumes().get(i);
            out.append("    <disk type='block' device='disk'>\n      <driver name='qemu' type='raw' cache='");
            out.append(use.cache().name().toLowerCase(Locale.ROOT).replace("_", ""))
                    .append("'/>\n");
            out.append("      <source dev='").append(Xml.escape(Devices.need(model, use.layer(), host, id.toString())));
            out.append("'/>\n      <target dev='").append(disk("vd", i)).append("' bus='virtio'/>\n");
            out.append(use.writable() ? "" : "      <readonly/>\n").append("    </disk>\n");
        }
        for (GuestNic nic : guest.nics()) {
            out.append("    <interface type='bridge'>\n      <mac address='").append(nic.mac());
            out.append("'/>\n      <source bridge='")
                    .append(Xml.escape(nic.segment().name()));
            out.append("'/>\n      <model type='virtio'/>\n    </interface>\n");
        }
        return out.append("  </devices>\n</domain>\n").toString();
    }

    private static void element(StringBuilder out, int depth, String name, String text) {
        out.append("  ".repeat(depth)).append('<').append(name).append('>').append(Xml.escape(text));
        out.append("</").append(name).append(">\n");
    }
}
