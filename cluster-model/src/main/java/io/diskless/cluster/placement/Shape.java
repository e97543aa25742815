package io.diskless.cluster.placement;

import io.diskless.cluster.model.compute.BootKind;
import io.diskless.cluster.model.compute.GuestNic;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Placement;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.net.MacAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * What guests have in common that are counted together. Immutable.
 *
 * @param vcpus virtual processors, at least 1
 * @param memoryBytes at least 1
 * @param storageMbps storage traffic that each is promised, in Mb/s
 * @param segments what each is plugged into
 */
public record Shape(int vcpus, long memoryBytes, int storageMbps, List<SegmentId> segments) {
    /**
     * Checks the ranges and copies the list.
     *
     * @throws IllegalArgumentException if there is no processor, no memory, or a negative promise
     */
    public Shape {
        segments = List.copyOf(segments);
        if (vcpus < 1 || memoryBytes < 1 || storageMbps < 0) {
            throw new IllegalArgumentException("a shape has processors and memory, got " + vcpus + ", " + memoryBytes
                    + " and a promise of " + storageMbps);
        }
    }

    /**
     * The shape of a guest.
     *
     * @param guest which
     * @return its shape
     */
    public static Shape of(Instance guest) {
        return new Shape(
                guest.vcpus(),
                guest.memoryBytes(),
                guest.storageMbps(),
                guest.nics().stream().map(GuestNic::segment).distinct().toList());
    }

    /** One guest that takes as much as several; rules that look at sums cannot tell the difference. */
    Instance times(int count, InstanceId name) {
        List<GuestNic> nics = new ArrayList<>();
        for (SegmentId segment : segments) {
            // Locally administered, and of no maker: it meets no address of the site.
            nics.add(new GuestNic(MacAddress.of(0x0E_FFFF_FF00_00L + nics.size()), segment));
        }
        return new Instance(
                name,
                Math.multiplyExact(vcpus, count),
                Math.multiplyExact(memoryBytes, (long) count),
                new BootKind.DiskBoot(),
                List.of(),
                nics,
                new Placement.Stopped(),
                Math.multiplyExact(storageMbps, count));
    }
}
