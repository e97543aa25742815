package io.diskless.netboot.simulate;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * A machine to be booted. Immutable.
 *
 * @param kind what its firmware is
 * @param mac its network card
 * @param uuid what it says in option 97; without one it says zeros, as QEMU does
 * @param loader what its boot program is, where its file's name does not tell
 * @param disks which AoE disks answer it; the simulation speaks no AoE itself
 * @param collects how long it waits for further offers after the first; over a network in memory nothing is waited for
 */
public record SimulatedMachine(
        ClientKind kind,
        MacAddress mac,
        Optional<UUID> uuid,
        Optional<Loader> loader,
        Predicate<AoeAddress> disks,
        Duration collects) {
    /** Insists on all. */
    public SimulatedMachine {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(mac, "mac");
        Objects.requireNonNull(uuid, "uuid");
        Objects.requireNonNull(loader, "loader");
        Objects.requireNonNull(disks, "disks");
        Objects.requireNonNull(collects, "collects");
    }

    /**
     * A machine without a UUID, whose disks all answer.
     *
     * @param kind what its firmware is
     * @param mac its network card
     * @return the machine
     */
    public static SimulatedMachine of(ClientKind kind, MacAddress mac) {
        return new SimulatedMachine(
                kind, mac, Optional.empty(), Optional.empty(), disk -> true, Duration.ofMillis(500));
    }

    /**
     * The same with a UUID.
     *
     * @param id as its vendor prints it
     * @return a new machine
     */
    public SimulatedMachine withUuid(UUID id) {
        return new SimulatedMachine(kind, mac, Optional.of(id), loader, disks, collects);
    }

    /**
     * The same, whose boot program is known whatever its file is called.
     *
     * @param what the program
     * @return a new machine
     */
    public SimulatedMachine withLoader(Loader what) {
        return new SimulatedMachine(kind, mac, uuid, Optional.of(what), disks, collects);
    }

    /**
     * The same, which only some disks answer.
     *
     * @param answer which
     * @return a new machine
     */
    public SimulatedMachine withDisks(Predicate<AoeAddress> answer) {
        return new SimulatedMachine(kind, mac, uuid, loader, answer, collects);
    }

    /**
     * The same with another wait for offers.
     *
     * @param wait after the first offer
     * @return a new machine
     */
    public SimulatedMachine collecting(Duration wait) {
        return new SimulatedMachine(kind, mac, uuid, loader, disks, wait);
    }
}
