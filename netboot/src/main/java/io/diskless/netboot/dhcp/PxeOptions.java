package io.diskless.netboot.dhcp;

import java.net.Inet4Address;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What option 43 says where option 60 is {@code PXEClient} (Intel PXE 2.1 §2.2). Immutable.
 *
 * @param discoveryControl sub-option 6: bit 0 no broadcast, 1 no multicast, 2 only listed servers, 3 boot the file at once
 * @param servers sub-option 8
 * @param menu sub-option 9
 * @param prompt sub-option 10
 * @param item sub-option 71: what the client chose
 */
public record PxeOptions(
        OptionalInt discoveryControl,
        List<BootServers> servers,
        List<MenuEntry> menu,
        Optional<Prompt> prompt,
        Optional<BootItem> item) {

    /** Discovery control: load the boot file, look for nothing. */
    public static final int BOOT_FILE_AT_ONCE = 8;

    private static final int CONTROL = 6;
    private static final int SERVERS = 8;
    private static final int MENU = 9;
    private static final int PROMPT = 10;
    private static final int ITEM = 71;

    /**
     * The servers of one type.
     *
     * @param type 0 to 65535
     * @param addresses at most 255
     */
    public record BootServers(int type, List<Inet4Address> addresses) {
        /** Copies the list. */
        public BootServers {
            addresses = List.copyOf(addresses);
        }
    }

    /**
     * A line of the menu.
     *
     * @param type the server type that it chooses, 0 to 65535
     * @param text at most 255 octets
     */
    public record MenuEntry(int type, String text) {}

    /**
     * What stands above the menu.
     *
     * @param timeout seconds; 0 takes the first entry at once, 255 waits
     * @param text the line
     */
    public record Prompt(int timeout, String text) {}

    /**
     * A chosen entry.
     *
     * @param type the server type
     * @param layer which file of it; bit 15 asks for credentials
     */
    public record BootItem(int type, int layer) {}

    /** Copies the lists. */
    public PxeOptions {
        servers = List.copyOf(servers);
        menu = List.copyOf(menu);
    }

    /**
     * The simplest reliable answer: no discovery, load the boot file.
     *
     * @return options that encode to {@code 06 01 08 ff}
     */
    public static PxeOptions bootFile() {
        return new PxeOptions(
                OptionalInt.of(BOOT_FILE_AT_ONCE), List.of(), List.of(), Optional.empty(), Optional.empty());
    }

    /**
     * Reads the sub-options; one whose length is not what its type needs is taken as missing.
     *
     * @param data of option 43
     * @return what it says
     */
    public static PxeOptions parse(Octets data) {
        SubOptions sub = SubOptions.parse(data, OptionCodes.VENDOR_SPECIFIC);
        OptionalInt control = sub.find(CONTROL)
                .filter(d -> d.size() == 1)
                .map(d -> OptionalInt.of(d.u8(0)))
                .orElse(OptionalInt.empty());
        return new PxeOptions(
                control,
                sub.find(SERVERS).map(PxeOptions::servers).orElse(List.of()),
                sub.find(MENU).map(PxeOptions::menu).orElse(List.of()),
                sub.find(PROMPT)
                        .filter(d -> d.size() >= 1)
                        .map(d -> new Prompt(d.u8(0), d.slice(1, d.size()).text())),
                sub.find(ITEM).filter(d -> d.size() == 4).map(d -> new BootItem(d.u16(0), d.u16(2))));
    }

    private static List<BootServers> servers(Octets data) {
        List<BootServers> all = new ArrayList<>();
        int i = 0;
        while (i < data.size()) {
            if (i + 3 > data.size() || i + 3 + 4 * data.u8(i + 2) > data.size()) {
                return List.of();
            }
            List<Inet4Address> addresses = new ArrayList<>();
            for (int k = 0; k < data.u8(i + 2); k++) {
                addresses.add(DhcpHeader.address((int) data.u32(i + 3 + 4 * k)));
            }
            all.add(new BootServers(data.u16(i), addresses));
            i += 3 + 4 * addresses.size();
        }
        return all;
    }

    private static List<MenuEntry> menu(Octets data) {
        List<MenuEntry> all = new ArrayList<>();
        int i = 0;
        while (i < data.size()) {
            if (i + 3 > data.size() || i + 3 + data.u8(i + 2) > data.size()) {
                return List.of();
            }
            int next = i + 3 + data.u8(i + 2);
            all.add(new MenuEntry(data.u16(i), data.slice(i + 3, next).text()));
            i = next;
        }
        return all;
    }

    /**
     * The data of option 43, its end mark included.
     *
     * @return its octets
     */
    public Octets toOctets() {
        List<DhcpOption> sub = new ArrayList<>();
        discoveryControl.ifPresent(bits -> sub.add(DhcpOption.u8(CONTROL, bits)));
        if (!servers.isEmpty()) {
            sub.add(new DhcpOption(SERVERS, serverOctets()));
        }
        if (!menu.isEmpty()) {
            sub.add(new DhcpOption(MENU, menuOctets()));
        }
        prompt.ifPresent(p -> sub.add(new DhcpOption(
                PROMPT, Octets.join(List.of(Octets.of((byte) p.timeout()), Octets.ofText(p.text()))))));
        item.ifPresent(i -> sub.add(DhcpOption.u32(ITEM, (long) i.type() << 16 | i.layer())));
        return Octets.join(List.of(OptionArea.toOctets(sub), Octets.of((byte) OptionCodes.END)));
    }

    private Octets serverOctets() {
        ByteBuffer out = ByteBuffer.allocate(
                servers.stream().mapToInt(s -> 3 + 4 * s.addresses().size()).sum());
        for (BootServers s : servers) {
            out.putShort((short) s.type()).put((byte) s.addresses().size());
            s.addresses().forEach(a -> out.put(a.getAddress()));
        }
        return Octets.of(out.array());
    }

    private Octets menuOctets() {
        List<Octets> parts = new ArrayList<>();
        for (MenuEntry entry : menu) {
            Octets text = Octets.ofText(entry.text());
            if (text.size() > 255) {
                throw new IllegalArgumentException("expected a text of at most 255 octets, got " + text.size());
            }
            parts.add(Octets.of((byte) (entry.type() >> 8), (byte) entry.type(), (byte) text.size()));
            parts.add(text);
        }
        return Octets.join(parts);
    }
}
