package io.diskless.aoe.target;

import io.diskless.aoe.AoeException;
import io.diskless.cluster.net.AoeAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where a target keeps what peers set on its exports. Thread-safe: a target calls it from one thread at a time, several
 * targets may share it.
 */
public interface SettingsStore {
    /**
     * Reads what was saved last.
     *
     * @param address the export
     * @return the settings, or empty if none were saved
     * @throws AoeException if they cannot be read; the export is then refused rather than opened to everybody
     */
    Optional<ExportSettings> load(AoeAddress address) throws AoeException;

    /**
     * Saves settings; durable when this returns.
     *
     * @param address the export
     * @param settings what to save
     * @throws AoeException if they could not be saved; the old ones are still there
     */
    void save(AoeAddress address, ExportSettings settings) throws AoeException;

    /**
     * Whether saving waits for a disk or a network; then it does not happen on the thread of a port.
     *
     * @return true unless the store answers at once
     */
    default boolean isSlow() {
        return true;
    }

    /**
     * A store that lasts as long as the process.
     *
     * @return a new, empty store
     */
    static SettingsStore inMemory() {
        Map<AoeAddress, ExportSettings> map = new ConcurrentHashMap<>();
        return new SettingsStore() {
            @Override
            public Optional<ExportSettings> load(AoeAddress address) {
                return Optional.ofNullable(map.get(address));
            }

            @Override
            public void save(AoeAddress address, ExportSettings settings) {
                map.put(address, settings);
            }

            @Override
            public boolean isSlow() {
                return false;
            }
        };
    }
}
