package io.diskless.netboot.boot;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.dhcp.DhcpFields;
import io.diskless.netboot.dhcp.DhcpMessage;
import io.diskless.netboot.dhcp.DhcpOptions;
import io.diskless.netboot.dhcp.MachineId;
import io.diskless.netboot.dhcp.Octets;
import io.diskless.netboot.dhcp.VendorClass;
import java.net.Inet4Address;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * Everything that a machine told about itself. Immutable.
 *
 * @param mac its network card
 * @param machineId its UUID, as its vendor prints it, where it has a meaningful one; never a key on its own
 * @param architecture the preferred one of option 93, or the one that option 60 names
 * @param vendorClass option 60
 * @param userClasses option 77
 * @param ipxe whether iPXE speaks
 * @param relay the relay that passed the message on
 * @param networkInterface the server's interface, where the message came in; may be empty
 * @param fetched the files that it has been given whole since its boot began, in their order, without a leading slash
 */
public record BootFacts(
        MacAddress mac,
        Optional<UUID> machineId,
        OptionalInt architecture,
        Optional<VendorClass> vendorClass,
        List<String> userClasses,
        boolean ipxe,
        Optional<Inet4Address> relay,
        String networkInterface,
        List<String> fetched) {

    /** Copies the lists. */
    public BootFacts {
        Objects.requireNonNull(mac, "mac");
        userClasses = List.copyOf(userClasses);
        fetched = List.copyOf(fetched);
    }

    /**
     * A machine that has fetched nothing yet.
     *
     * @param mac its network card
     * @param machineId its UUID
     * @param architecture the preferred one
     * @param vendorClass option 60
     * @param userClasses option 77
     * @param ipxe whether iPXE speaks
     * @param relay the relay that passed the message on
     * @param networkInterface the server's interface
     */
    public BootFacts(
            MacAddress mac,
            Optional<UUID> machineId,
            OptionalInt architecture,
            Optional<VendorClass> vendorClass,
            List<String> userClasses,
            boolean ipxe,
            Optional<Inet4Address> relay,
            String networkInterface) {
        this(mac, machineId, architecture, vendorClass, userClasses, ipxe, relay, networkInterface, List.of());
    }

    /**
     * What a DHCP message says.
     *
     * @param message a client's message
     * @param networkInterface where it came in
     * @return the facts, or empty where the hardware address is not an Ethernet card's
     */
    public static Optional<BootFacts> of(DhcpMessage message, String networkInterface) {
        Octets hardware = message.header().hardwareAddress();
        if (message.header().htype() != DhcpFields.ETHERNET || hardware.size() != MacAddress.BYTES) {
            return Optional.empty();
        }
        MacAddress mac = MacAddress.of((long) hardware.u16(0) << 32 | hardware.u32(2));
        if (mac.isMulticast()) {
            return Optional.empty();
        }
        DhcpOptions options = message.options();
        Inet4Address relay = message.header().giaddr();
        return Optional.of(new BootFacts(
                mac,
                options.machineId().filter(MachineId::isMeaningful).map(MachineId::uuid),
                options.architecture(),
                options.vendorClass(),
                options.userClass()
                        .map(u -> u.items().stream().map(Octets::text).toList())
                        .orElse(List.of()),
                options.isIpxe(),
                relay.isAnyLocalAddress() ? Optional.empty() : Optional.of(relay),
                networkInterface));
    }

    /**
     * A machine of which no more is known, as a server meets it that is asked for a file.
     *
     * @param mac its network card
     * @param stage who asks
     * @param architecture the architecture, where it matters
     * @return the facts
     */
    public static BootFacts of(MacAddress mac, BootStage stage, OptionalInt architecture) {
        Optional<VendorClass> vendor = switch (stage) {
            case PXE_FIRMWARE, IPXE -> Optional.of(VendorClass.parse("PXEClient"));
            case HTTP_FIRMWARE -> Optional.of(VendorClass.parse("HTTPClient"));
            case SYSTEM -> Optional.empty();
        };
        return new BootFacts(
                mac, Optional.empty(), architecture, vendor, List.of(), stage == BootStage.IPXE, Optional.empty(), "");
    }

    /**
     * The same machine, of which more is known.
     *
     * @param files what it has been given since its boot began
     * @return new facts
     */
    public BootFacts withFetched(List<String> files) {
        return new BootFacts(
                mac, machineId, architecture, vendorClass, userClasses, ipxe, relay, networkInterface, files);
    }

    /**
     * The same machine as its iPXE would speak.
     *
     * @return new facts, or these where iPXE speaks
     */
    public BootFacts asIpxe() {
        return ipxe
                ? this
                : new BootFacts(
                        mac,
                        machineId,
                        architecture,
                        Optional.of(VendorClass.parse("PXEClient")),
                        userClasses,
                        true,
                        relay,
                        networkInterface,
                        fetched);
    }

    /**
     * Who of the machine's programs asks. iPXE is known by itself, not by its vendor class, which it shares with the
     * firmware that loads it.
     *
     * @return the stage
     */
    public BootStage stage() {
        if (ipxe) {
            return BootStage.IPXE;
        }
        return switch (vendorClass.map(VendorClass::kind).orElse(VendorClass.Kind.OTHER)) {
            case PXE -> BootStage.PXE_FIRMWARE;
            case HTTP -> BootStage.HTTP_FIRMWARE;
            case OTHER -> BootStage.SYSTEM;
        };
    }

    /**
     * What its programs must be built for. Old PXE ROMs do not say; they are of a BIOS.
     *
     * @return the firmware, or empty for an architecture without a name here
     */
    public Optional<Firmware> firmware() {
        return Firmware.of(architecture.orElse(0));
    }
}
