package io.diskless.drbd.cli;

import io.diskless.drbd.session.ConfiguredResource;

/** The configuration that a running peer goes by, whose secret is overwritten when another takes its place. Thread-safe. */
final class ConfigurationInUse implements AutoCloseable {
    private ConfiguredResource now;

    ConfigurationInUse(ConfiguredResource first) {
        now = first;
    }

    synchronized ConfiguredResource get() {
        return now;
    }

    /** Another is in use from now on. */
    synchronized void replace(ConfiguredResource next) {
        now.close();
        now = next;
    }

    @Override
    public synchronized void close() {
        now.close();
    }
}
