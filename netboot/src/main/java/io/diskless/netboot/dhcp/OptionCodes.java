package io.diskless.netboot.dhcp;

/** Option codes by name (RFC 2132 and the IANA registry); every other code is carried as it came. Immutable. */
public final class OptionCodes {
    /** Filler; it has no length. */
    public static final int PAD = 0;

    /** Subnet mask. */
    public static final int SUBNET_MASK = 1;

    /** Routers. */
    public static final int ROUTER = 3;

    /** Name servers. */
    public static final int DNS = 6;

    /** Host name. */
    public static final int HOST_NAME = 12;

    /** Domain name. */
    public static final int DOMAIN_NAME = 15;

    /** Root path: iSCSI, AoE or NFS root. */
    public static final int ROOT_PATH = 17;

    /** Interface MTU. */
    public static final int MTU = 26;

    /** Broadcast address. */
    public static final int BROADCAST_ADDRESS = 28;

    /** Time servers. */
    public static final int NTP = 42;

    /** Vendor-specific information; for PXE see {@link PxeOptions}. */
    public static final int VENDOR_SPECIFIC = 43;

    /** Requested address. */
    public static final int REQUESTED_ADDRESS = 50;

    /** Lease time in seconds, 0xffffffff = infinite. */
    public static final int LEASE_TIME = 51;

    /** Overload: 1 file, 2 sname, 3 both hold options. */
    public static final int OVERLOAD = 52;

    /** Message type, {@link MessageType}. */
    public static final int MESSAGE_TYPE = 53;

    /** Server identifier. */
    public static final int SERVER_ID = 54;

    /** Codes that the client asks for, by preference. */
    public static final int PARAMETER_LIST = 55;

    /** Text of a NAK or DECLINE. */
    public static final int MESSAGE = 56;

    /** Largest message with IP and UDP header. */
    public static final int MAX_SIZE = 57;

    /** Renewal time in seconds. */
    public static final int T1 = 58;

    /** Rebinding time in seconds. */
    public static final int T2 = 59;

    /** Vendor class, {@link VendorClass}. */
    public static final int VENDOR_CLASS = 60;

    /** Client identifier (RFC 2132 §9.14, RFC 4361). */
    public static final int CLIENT_ID = 61;

    /** TFTP server name. */
    public static final int TFTP_SERVER = 66;

    /** Boot file name or URL. */
    public static final int BOOT_FILE = 67;

    /** User class, {@link UserClass}. */
    public static final int USER_CLASS = 77;

    /** Relay agent information, {@link SubOptions}. */
    public static final int RELAY_AGENT = 82;

    /** Client architectures (RFC 4578 §2.1). */
    public static final int CLIENT_ARCH = 93;

    /** Client network interface (RFC 4578 §2.2). */
    public static final int CLIENT_INTERFACE = 94;

    /** Machine id, {@link MachineId}. */
    public static final int MACHINE_ID = 97;

    /** Search list, {@link DomainSearch}. */
    public static final int DOMAIN_SEARCH = 119;

    /** Vendor-identifying class, {@link VendorIdentifying}. */
    public static final int VENDOR_CLASS_ID = 124;

    /** Vendor-identifying options, {@link VendorIdentifying}. */
    public static final int VENDOR_OPTIONS = 125;

    /** iPXE's encapsulated options, {@link SubOptions}. */
    public static final int IPXE = 175;

    /** PXELINUX configuration file (RFC 5071). */
    public static final int PXELINUX_CONFIG = 209;

    /** PXELINUX path prefix (RFC 5071). */
    public static final int PXELINUX_PREFIX = 210;

    /** End of an area; it has no length. */
    public static final int END = 255;

    private OptionCodes() {}
}
