package io.diskless.netboot.tftp;

/** How a transfer ended. */
public enum TftpOutcome {
    /** The client acknowledged the last block. */
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
    /** The content could not be read, or is shorter than it said. */
    CONTENT_FAILED,
    /** The network refused to send. */
    SEND_FAILED,
    /** The server was closed. */
    SERVER_CLOSED
}
