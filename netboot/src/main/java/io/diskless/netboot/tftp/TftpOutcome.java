package io.diskless.netboot.tftp;

/** How a transfer ended. */
public enum TftpOutcome {
    /** The client acknowledged the last block, or what it wrote is kept whole. */
    COMPLETED,
    /** The last block was sent and its acknowledgement never came; most such clients have the file and are gone. */
    UNCONFIRMED,
    /** The client learned the options, usually the size, and stopped: edk2 and BIOS ROMs do so before every file. */
    PROBED,
    /** The client gave up with an ERROR. */
    ABORTED,
    /** The client fell silent. */
    TIMED_OUT,
    /** The client began anew from the same port. */
    REPLACED,
    /** The content could not be read, or is shorter than it said; or what a client wrote could not be kept. */
    CONTENT_FAILED,
    /** What a client wrote went beyond the limit. */
    TOO_LARGE,
    /** The network refused to send. */
    SEND_FAILED,
    /** The server was closed. */
    SERVER_CLOSED
}
