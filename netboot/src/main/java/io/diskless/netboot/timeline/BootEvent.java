package io.diskless.netboot.timeline;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.boot.BootStage;
import java.net.Inet4Address;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;

/** Something that happened while a machine booted. Implementations are immutable. */
public sealed interface BootEvent {
    /** How a file came. Immutable. */
    enum Protocol {
        /** RFC 1350. */
        TFTP,
        /** RFC 9110. */
        HTTP
    }

    /**
     * When.
     *
     * @return the time
     */
    Instant time();

    /**
     * Who.
     *
     * @return the machine's network card
     */
    MacAddress mac();

    /**
     * What of it looks wrong and is normal.
     *
     * @return none for most events
     */
    default List<Quirk> quirks() {
        return List.of();
    }

    /**
     * What happened, for people; what the machine sent stands in it with everything replaced that does not print in ASCII.
     *
     * @return one line
     */
    String text();

    /**
     * It looks for a server.
     *
     * @param time when
     * @param mac who
     * @param stage which of its programs
     * @param architecture option 93
     * @param transaction {@code xid}; repetitions have the same
     * @param quirks what is normal about it
     */
    record Discovered(
            Instant time,
            MacAddress mac,
            BootStage stage,
            OptionalInt architecture,
            int transaction,
            List<Quirk> quirks)
            implements BootEvent {
        /** Copies the list. */
        public Discovered {
            Objects.requireNonNull(time, "time");
            quirks = List.copyOf(quirks);
        }

        @Override
        public String text() {
            return "DISCOVER by " + stage
                    + (architecture.isPresent() ? ", architecture " + architecture.getAsInt() : "");
        }
    }

    /**
     * It was offered an address, or by a ProxyDHCP server a program.
     *
     * @param time when
     * @param mac who
     * @param stage which of its programs
     * @param address the address; {@code 0.0.0.0} from a ProxyDHCP server
     * @param bootFile what to load; empty if nothing
     */
    record Offered(Instant time, MacAddress mac, BootStage stage, Inet4Address address, String bootFile)
            implements BootEvent {
        /** Insists on all. */
        public Offered {
            Objects.requireNonNull(time, "time");
            Objects.requireNonNull(bootFile, "bootFile");
        }

        @Override
        public String text() {
            return "OFFER " + address.getHostAddress() + Lines.file(bootFile);
        }
    }

    /**
     * It has an address, or a boot server's answer.
     *
     * @param time when
     * @param mac who
     * @param stage which of its programs
     * @param address the address
     * @param bootFile what to load; empty if nothing
     */
    record Acknowledged(Instant time, MacAddress mac, BootStage stage, Inet4Address address, String bootFile)
            implements BootEvent {
        /** Insists on all. */
        public Acknowledged {
            Objects.requireNonNull(time, "time");
            Objects.requireNonNull(bootFile, "bootFile");
        }

        @Override
        public String text() {
            return "ACK " + address.getHostAddress() + Lines.file(bootFile);
        }
    }

    /**
     * It takes an address that somebody else's DHCP server offered.
     *
     * @param time when
     * @param mac who
     * @param stage which of its programs
     * @param address the address
     * @param server whose it is
     */
    record Claimed(Instant time, MacAddress mac, BootStage stage, Inet4Address address, Inet4Address server)
            implements BootEvent {
        /** Insists on all. */
        public Claimed {
            Objects.requireNonNull(time, "time");
            Objects.requireNonNull(address, "address");
            Objects.requireNonNull(server, "server");
        }

        @Override
        public String text() {
            return "REQUEST " + address.getHostAddress() + " of another server, " + server.getHostAddress();
        }
    }

    /**
     * It was told that an address is not its own, or was not answered.
     *
     * @param time when
     * @param mac who
     * @param stage which of its programs
     * @param reason why
     * @param silent whether nothing was said
     */
    record Refused(Instant time, MacAddress mac, BootStage stage, String reason, boolean silent) implements BootEvent {
        /** Insists on all. */
        public Refused {
            Objects.requireNonNull(time, "time");
            Objects.requireNonNull(reason, "reason");
        }

        @Override
        public String text() {
            return (silent ? "no answer: " : "NAK: ") + Lines.printable(reason);
        }
    }

    /**
     * It was given a file, or a part of one.
     *
     * @param time when it ended
     * @param mac who
     * @param protocol how
     * @param name as the machine asked for it
     * @param octets how many; by TFTP rounded up to whole blocks
     * @param complete whether all of what it asked for went out
     * @param quirks what is normal about it
     */
    record FileSent(
            Instant time,
            MacAddress mac,
            Protocol protocol,
            String name,
            long octets,
            boolean complete,
            List<Quirk> quirks)
            implements BootEvent {
        /** Copies the list. */
        public FileSent {
            Objects.requireNonNull(time, "time");
            Objects.requireNonNull(name, "name");
            quirks = List.copyOf(quirks);
        }

        @Override
        public String text() {
            return protocol + " " + Lines.printable(name) + ", " + octets + " octets" + (complete ? "" : ", not all");
        }
    }

    /**
     * It asked for a file that it does not get.
     *
     * @param time when
     * @param mac who
     * @param protocol how
     * @param name as the machine asked for it
     * @param code TFTP's error code or HTTP's status
     * @param quirks what is normal about it
     */
    record FileRefused(Instant time, MacAddress mac, Protocol protocol, String name, int code, List<Quirk> quirks)
            implements BootEvent {
        /** Copies the list. */
        public FileRefused {
            Objects.requireNonNull(time, "time");
            Objects.requireNonNull(name, "name");
            quirks = List.copyOf(quirks);
        }

        @Override
        public String text() {
            return protocol + " no " + Lines.printable(name) + ", code " + code;
        }
    }

    /**
     * It was told which disk to boot off.
     *
     * @param time when
     * @param mac who
     * @param root shelf and slot
     */
    record RootGiven(Instant time, MacAddress mac, AoeAddress root) implements BootEvent {
        /** Insists on all. */
        public RootGiven {
            Objects.requireNonNull(time, "time");
            Objects.requireNonNull(root, "root");
        }

        @Override
        public String text() {
            return "root aoe:" + root + " given";
        }
    }

    /**
     * It attached its disk, as the target saw.
     *
     * @param time when
     * @param mac who
     * @param root shelf and slot
     */
    record RootAttached(Instant time, MacAddress mac, AoeAddress root) implements BootEvent {
        /** Insists on all. */
        public RootAttached {
            Objects.requireNonNull(time, "time");
            Objects.requireNonNull(root, "root");
        }

        @Override
        public String text() {
            return "root aoe:" + root + " attached";
        }
    }
}
