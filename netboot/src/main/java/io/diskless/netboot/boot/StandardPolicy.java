package io.diskless.netboot.boot;

import io.diskless.cluster.net.MacAddress;
import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The usual policy: the machine by its network card, its profile by its role unless it has one of its own, the answer by
 * the program that asks. Machines that are not known are ignored unless a profile for them is set. Thread-safe.
 */
public final class StandardPolicy implements BootPolicy {
    private final Hosts hosts;
    private final Map<HostTag, BootProfile> profiles;
    private final Optional<BootProfile> strangers;

    private StandardPolicy(Hosts hosts, Map<HostTag, BootProfile> profiles, Optional<BootProfile> strangers) {
        this.hosts = hosts;
        this.profiles = profiles;
        this.strangers = strangers;
    }

    /**
     * A policy for known machines; those of roles without a profile get an address only.
     *
     * @param hosts the machines, looked up at every packet
     * @param profiles how each role boots
     * @return the policy
     */
    public static StandardPolicy of(Hosts hosts, Map<HostTag, BootProfile> profiles) {
        Map<HostTag, BootProfile> copy = new EnumMap<>(HostTag.class);
        copy.putAll(profiles);
        return new StandardPolicy(Objects.requireNonNull(hosts, "hosts"), copy, Optional.empty());
    }

    /**
     * The same, which also serves machines that are not known.
     *
     * @param profile how they boot
     * @return a new policy
     */
    public StandardPolicy withStrangers(BootProfile profile) {
        return new StandardPolicy(hosts, profiles, Optional.of(profile));
    }

    @Override
    public BootDecision decide(BootFacts facts) {
        List<String> because = new ArrayList<>();
        Optional<Host> host = hosts.find(facts.mac());
        Optional<BootProfile> profile = host.isPresent() ? profileOf(host.get(), because) : strangers;
        if (host.isEmpty()) {
            because.add(facts.mac() + " is not a known machine");
            if (profile.isEmpty()) {
                because.add("machines that are not known are ignored");
                return new BootDecision(new BootAnswer.Ignore("not a known machine"), host, false, because);
            }
        }
        BootAnswer answer = profile.map(p -> answer(p, facts, because)).orElseGet(BootAnswer.AddressOnly::new);
        return new BootDecision(
                answer, host, profile.filter(BootProfile::nulAfterBootFile).isPresent(), because);
    }

    private Optional<BootProfile> profileOf(Host host, List<String> because) {
        because.add(host.mac() + " is " + host.name() + ", a " + host.tag().label());
        if (host.profile().isPresent()) {
            because.add(host.name() + " has a profile of its own");
            return host.profile();
        }
        Optional<BootProfile> profile = Optional.ofNullable(profiles.get(host.tag()));
        if (profile.isEmpty()) {
            because.add("there is no profile for a " + host.tag().label());
        }
        return profile;
    }

    private static BootAnswer answer(BootProfile profile, BootFacts facts, List<String> because) {
        if (profile.isTargetForAll()) {
            because.add("the profile has one answer for every program of the machine");
            return profile.target().orElseThrow();
        }
        BootStage stage = facts.stage();
        if (stage == BootStage.SYSTEM) {
            because.add("an operating system asks, which needs nothing to boot");
            return new BootAnswer.AddressOnly();
        }
        if (stage == BootStage.IPXE && profile.target().isPresent()) {
            because.add("iPXE asks, so it gets the profile's target");
            return profile.target().get();
        }
        String number = facts.architecture().isPresent()
                ? "architecture " + facts.architecture().getAsInt()
                : "no architecture, so a BIOS";
        Optional<String> program = profile.program(facts.architecture());
        because.add(stage + " asks with " + number
                + program.map(p -> ", whose program is " + p).orElse(", for which the profile has no program"));
        return program.<BootAnswer>map(BootAnswer.Program::new).orElseGet(BootAnswer.AddressOnly::new);
    }

    @Override
    public Optional<MacAddress> machineAt(Inet4Address address) {
        return hosts.reservedFor(address).map(Host::mac);
    }

    @Override
    public boolean isKeptFromOthers(Inet4Address address, MacAddress mac) {
        return hosts.isKeptFrom(address, mac);
    }
}
