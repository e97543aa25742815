package io.diskless.netboot.boot;

import io.diskless.cluster.net.MacAddress;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Function;

/**
 * One-time tokens in place of secrets on kernel command lines, which anybody on the network can read. Where a machine's script or
 * configuration has {@link #PLACEHOLDER}, a fresh token stands when it is handed out; the booted system fetches
 * {@code boot/token/TOKEN} and gets the machine's secret, once.
 *
 * <p>A token serves one machine, at an address that is the machine's, for a while; the next one of the same machine ends it. Who
 * fetches a secret before the machine does is found out, because the machine then gets none. Only digests of tokens are kept,
 * and no secret. Thread-safe.
 */
public final class BootTokens {
    /** What stands in kernel arguments and scripts where the token is to be. */
    public static final String PLACEHOLDER = "@boot-token@";

    /** Octets of a token: nobody guesses 128 bits. */
    private static final int OCTETS = 16;

    private final Function<? super MacAddress, Optional<byte[]>> secrets;
    private final BiPredicate<? super MacAddress, ? super InetAddress> holds;
    private final Duration lifetime;
    private final int most;
    private final SecureRandom random;
    private final Clock clock;
    private final Map<String, Issued> byDigest = new LinkedHashMap<>();
    private final Map<MacAddress, String> byMachine = new HashMap<>();

    private record Issued(MacAddress machine, Instant until) {}

    /**
     * Tokens for machines.
     *
     * @param secrets a machine's secret, asked when a token is redeemed; whoever asks owns the array and may wipe it
     * @param holds whether an address is a machine's, such as by the DHCP server's leases
     * @param lifetime how long a token is good, at least 1 second
     * @param most tokens at a time, at least 1; the oldest gives way
     * @param random where tokens come from
     * @param clock the time that they go by
     * @throws IllegalArgumentException if a number is out of range
     */
    public BootTokens(
            Function<? super MacAddress, Optional<byte[]>> secrets,
            BiPredicate<? super MacAddress, ? super InetAddress> holds,
            Duration lifetime,
            int most,
            SecureRandom random,
            Clock clock) {
        this.secrets = Objects.requireNonNull(secrets, "secrets");
        this.holds = Objects.requireNonNull(holds, "holds");
        this.lifetime = lifetime;
        this.most = most;
        this.random = Objects.requireNonNull(random, "random");
        this.clock = Objects.requireNonNull(clock, "clock");
        if (lifetime.toSeconds() < 1 || most < 1) {
            throw new IllegalArgumentException(
                    "expected a lifetime of a second or more and room for a token, got " + lifetime + " and " + most);
        }
    }

    /**
     * Puts a fresh token wherever a text asks for one.
     *
     * @param text a script or configuration
     * @param machine whose it is
     * @param client who asked for it
     * @return the text; empty where it has a token's place and the client's address is not the machine's
     */
    Optional<String> fill(String text, MacAddress machine, InetAddress client) {
        if (!text.contains(PLACEHOLDER)) {
            return Optional.of(text);
        }
        return holds.test(machine, client) ? Optional.of(text.replace(PLACEHOLDER, issue(machine))) : Optional.empty();
    }

    private synchronized String issue(MacAddress machine) {
        byte[] octets = new byte[OCTETS];
        random.nextBytes(octets);
        String token = HexFormat.of().formatHex(octets);
        String digest = digest(token);
        String before = byMachine.put(machine, digest);
        if (before != null) {
            byDigest.remove(before);
        }
        byDigest.put(digest, new Issued(machine, clock.instant().plus(lifetime)));
        if (byDigest.size() > most) {
            Iterator<Map.Entry<String, Issued>> oldest = byDigest.entrySet().iterator();
            Map.Entry<String, Issued> gone = oldest.next();
            byMachine.remove(gone.getValue().machine(), gone.getKey());
            oldest.remove();
        }
        return token;
    }

    /**
     * Gives the secret for a token, and ends the token. A token that comes from an address which is not its machine's stays
     * good for the machine.
     *
     * @param token what the system was booted with
     * @param client who asks
     * @return the secret, a fresh array; empty for a token that was never issued, is used up or over, or is another's
     */
    public Optional<byte[]> redeem(String token, InetAddress client) {
        Issued issued;
        synchronized (this) {
            String digest = digest(token);
            issued = byDigest.get(digest);
            if (issued == null || !clock.instant().isBefore(issued.until())) {
                return Optional.empty();
            }
        }
        // The caller's code runs without the lock; only one of two that come at once gets past the removal.
        if (!holds.test(issued.machine(), client) || !end(token, issued)) {
            return Optional.empty();
        }
        return secrets.apply(issued.machine());
    }

    private synchronized boolean end(String token, Issued issued) {
        String digest = digest(token);
        byMachine.remove(issued.machine(), digest);
        return byDigest.remove(digest, issued);
    }

    /**
     * Tokens that are not used up, those that are over included.
     *
     * @return how many
     */
    public synchronized int outstanding() {
        return byDigest.size();
    }

    /** A look-up by the token itself would tell by its time how much of it is right. */
    private static String digest(String token) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(sha.digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
