package io.diskless.cluster.conf;

/** What a {@link Diagnostic} means for the file. Immutable. */
public enum Severity {
    /** The program that owns the format refuses the file, or crashes on it. */
    ERROR,
    /** The program lets the file through although it is wrong or dangerous; nothing downstream will say so in time. */
    WARNING
}
