package io.diskless.netboot.dhcp;

import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The options of a message by code, every one whole: parts of one code are joined in the order of the main area, then
 * {@code file}, then {@code sname} (RFC 3396 §5). A typed reading is empty where the option is missing or its length is
 * not what its type needs; {@link #find} still has the octets. Immutable.
 */
public final class DhcpOptions {
    private final Map<Integer, Octets> byCode;

    private DhcpOptions(Map<Integer, Octets> byCode) {
        this.byCode = byCode;
    }

    static DhcpOptions join(List<List<DhcpOption>> areas) {
        Map<Integer, List<Octets>> parts = new LinkedHashMap<>();
        for (int i = 0; i < areas.size(); i++) {
            for (DhcpOption part : areas.get(i)) {
                // Option 52 speaks of the main area only.
                if (part.code() != OptionCodes.PAD && (i == 0 || part.code() != OptionCodes.OVERLOAD)) {
                    parts.computeIfAbsent(part.code(), c -> new ArrayList<>()).add(part.data());
                }
            }
        }
        Map<Integer, Octets> whole = new LinkedHashMap<>();
        parts.forEach((code, data) -> whole.put(code, Octets.join(data)));
        return new DhcpOptions(whole);
    }

    /** What the first option 52 says; 0 where it is missing or senseless. */
    static int overload(List<DhcpOption> main) {
        for (DhcpOption part : main) {
            if (part.code() == OptionCodes.OVERLOAD) {
                return part.data().size() == 1 && part.data().u8(0) <= 3
                        ? part.data().u8(0)
                        : 0;
            }
        }
        return 0;
    }

    /**
     * The codes in the order in which they first came.
     *
     * @return an unmodifiable set
     */
    public Set<Integer> codes() {
        return Collections.unmodifiableSet(byCode.keySet());
    }

    /**
     * The data of an option.
     *
     * @param code 1 to 254
     * @return all of its octets
     */
    public Optional<Octets> find(int code) {
        return Optional.ofNullable(byCode.get(code));
    }

    private Optional<Octets> ofSize(int code, int size) {
        return find(code).filter(data -> data.size() == size);
    }

    /**
     * An option of one octet.
     *
     * @param code 1 to 254
     * @return 0 to 255
     */
    public OptionalInt u8(int code) {
        return ofSize(code, 1).map(d -> OptionalInt.of(d.u8(0))).orElse(OptionalInt.empty());
    }

    /**
     * An option of two octets.
     *
     * @param code 1 to 254
     * @return 0 to 65535
     */
    public OptionalInt u16(int code) {
        return ofSize(code, 2).map(d -> OptionalInt.of(d.u16(0))).orElse(OptionalInt.empty());
    }

    /**
     * An option of four octets.
     *
     * @param code 1 to 254
     * @return 0 to 2^32 - 1
     */
    public OptionalLong u32(int code) {
        return ofSize(code, 4).map(d -> OptionalLong.of(d.u32(0))).orElse(OptionalLong.empty());
    }

    /**
     * An option of one address.
     *
     * @param code 1 to 254
     * @return the address
     */
    public Optional<Inet4Address> address(int code) {
        return ofSize(code, 4).map(d -> DhcpHeader.address((int) d.u32(0)));
    }

    /**
     * An option of text.
     *
     * @param code 1 to 254
     * @return the text up to the first NUL
     */
    public Optional<String> text(int code) {
        return find(code).map(Octets::text);
    }

    /**
     * Option 53.
     *
     * @return the type; empty for plain BOOTP and for types beyond RFC 2131
     */
    public Optional<MessageType> messageType() {
        OptionalInt code = u8(OptionCodes.MESSAGE_TYPE);
        return code.isPresent() ? MessageType.of(code.getAsInt()) : Optional.empty();
    }

    /**
     * Option 55.
     *
     * @return the codes that the client asks for, by preference; empty if it does not say
     */
    public List<Integer> parameterList() {
        Octets list = find(OptionCodes.PARAMETER_LIST).orElse(Octets.EMPTY);
        return IntStream.range(0, list.size()).mapToObj(list::u8).toList();
    }

    /**
     * Option 60.
     *
     * @return the class and what it says of the firmware
     */
    public Optional<VendorClass> vendorClass() {
        return text(OptionCodes.VENDOR_CLASS).map(VendorClass::parse);
    }

    /**
     * Option 93.
     *
     * @return architectures, the preferred first; empty if missing or of odd length
     */
    public List<Integer> architectures() {
        Octets list =
                find(OptionCodes.CLIENT_ARCH).filter(d -> d.size() % 2 == 0).orElse(Octets.EMPTY);
        return IntStream.range(0, list.size() / 2)
                .mapToObj(i -> list.u16(2 * i))
                .toList();
    }

    /**
     * The architecture to decide by: option 93, and without it what option 60 says.
     *
     * @return a number of the IANA registry
     */
    public OptionalInt architecture() {
        List<Integer> listed = architectures();
        if (!listed.isEmpty()) {
            return OptionalInt.of(listed.get(0));
        }
        return vendorClass().map(VendorClass::architecture).orElse(OptionalInt.empty());
    }

    /**
     * Option 94.
     *
     * @return type (1 = UNDI), major and minor version
     */
    public Optional<ClientInterface> clientInterface() {
        return ofSize(OptionCodes.CLIENT_INTERFACE, 3).map(d -> new ClientInterface(d.u8(0), d.u8(1), d.u8(2)));
    }

    /**
     * Option 97.
     *
     * @return the machine's id, also a null one
     */
    public Optional<MachineId> machineId() {
        return find(OptionCodes.MACHINE_ID).flatMap(MachineId::parse);
    }

    /**
     * Option 77.
     *
     * @return the classes, in the listed or in the bare form
     */
    public Optional<UserClass> userClass() {
        return find(OptionCodes.USER_CLASS).map(UserClass::parse);
    }

    /**
     * The options inside an option: 82 of a relay, 175 of iPXE, 43 of PXE.
     *
     * @param code 1 to 254
     * @return the sub-options
     */
    public Optional<SubOptions> subOptions(int code) {
        return find(code).map(data -> SubOptions.parse(data, code));
    }

    /**
     * Whether iPXE speaks: option 175 is there, or a user class {@code iPXE}. The firmware's own client, that loads
     * iPXE, has neither.
     *
     * @return whether it is iPXE
     */
    public boolean isIpxe() {
        return byCode.containsKey(OptionCodes.IPXE)
                || userClass().filter(c -> c.contains("iPXE")).isPresent();
    }

    /** The codes only: data may come from anybody. */
    @Override
    public String toString() {
        return "DhcpOptions" + codes();
    }
}
