package io.diskless.aoe.initiator;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.AoeException.Kind;
import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.ata.AtaStatus;
import io.diskless.aoe.link.Frame;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.AtaFields;
import io.diskless.aoe.wire.ConfigFields;
import io.diskless.aoe.wire.FrameValidator;
import io.diskless.aoe.wire.MaskFields;
import io.diskless.aoe.wire.ReserveFields;
import io.diskless.aoe.wire.Verdict;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Direct messages to one target: config string, MAC mask list, reservation, IDENTIFY and any other ATA command. Each is
 * repeated until it is answered or its patience (5 s, or {@link #withPatience}) is over; futures end on the event loop with the answer or with an
 * {@link AoeException}: REFUSED with the AoE error, TIMEOUT, NO_TARGET or CLOSED.
 *
 * <p>Thread-safe.
 */
public final class TargetControl {
    private static final long PATIENCE = 5_000_000_000L;
    /** Silence is an answer to a test: no need to wait long before asking whether the target is there at all. */
    private static final long TEST_PATIENCE = 700_000_000L;
    /** What fits a frame at MTU 1500 behind the fixed fields. */
    private static final int FRAME = 1514;

    private static final int MAX_MASK_EDITS = (FRAME - AoeHeader.AT - MaskFields.LENGTH) / MaskFields.DIRECTIVE_LENGTH;
    private static final int MAX_RESERVED = (FRAME - AoeHeader.AT - ReserveFields.LENGTH) / MacAddress.BYTES;
    private static final int AT = AoeHeader.AT;

    private final AoeInitiator initiator;
    private final EventLoop loop;
    private final AoeAddress address;
    private final long patience;

    TargetControl(AoeInitiator initiator, EventLoop loop, AoeAddress address) {
        this(initiator, loop, address, PATIENCE);
    }

    private TargetControl(AoeInitiator initiator, EventLoop loop, AoeAddress address, long patience) {
        this.initiator = initiator;
        this.loop = loop;
        this.address = address;
        this.patience = patience;
    }

    /**
     * The same operations with another patience.
     *
     * @param value how long each operation waits for an answer, and for a path before that; 1 ms to 36500 days
     * @return another object
     * @throws IllegalArgumentException if it is shorter or longer
     */
    public TargetControl withPatience(Duration value) {
        if (!DiskOptions.isCounted(value)) {
            throw new IllegalArgumentException("patience is 1 ms to 36500 days, got " + value);
        }
        return new TargetControl(initiator, loop, address, value.toNanos());
    }

    /**
     * Asks for the config string and tells how much that took: the first question is repeated after 200 ms, later ones after
     * up to a second, so more than one says that a frame was lost or that the target is slow.
     *
     * @return how often it was asked
     */
    public CompletableFuture<Integer> ping() {
        return send(
                AoeHeader.CMD_CONFIG,
                patience,
                (b, at) -> {
                    ConfigFields.write(b, at, 0, 0, 0, 0, ConfigFields.READ, 0);
                    return ConfigFields.LENGTH;
                },
                (frame, attempts) -> {
                    refuse(frame);
                    return attempts;
                });
    }

    // ---- config string

    /**
     * Reads the config string.
     *
     * @return its bytes, up to 1024
     */
    public CompletableFuture<byte[]> config() {
        return config(ConfigFields.READ, new byte[0], patience);
    }

    /**
     * Sets the config string if none is set, or this one: a simple lock. Else ends with REFUSED.
     *
     * @param string up to 1024 bytes
     * @return the string after it
     */
    public CompletableFuture<byte[]> setConfig(byte[] string) {
        return config(ConfigFields.SET, string, patience);
    }

    /**
     * Replaces the config string whatever it is.
     *
     * @param string up to 1024 bytes; none clears it
     * @return what the target answered, usually the new string
     */
    public CompletableFuture<byte[]> forceConfig(byte[] string) {
        return config(ConfigFields.FORCE, string, patience);
    }

    /**
     * Asks whether the config string is, or starts with, these bytes. A target answers only if so; that it is silent
     * because it is not there at all is told apart by reading the string.
     *
     * @param string what to compare with
     * @param prefix whether the beginning is enough
     * @return the answer
     */
    public CompletableFuture<Boolean> testConfig(byte[] string, boolean prefix) {
        int command = prefix ? ConfigFields.PREFIX : ConfigFields.TEST;
        return config(command, string, Math.min(patience, TEST_PATIENCE))
                .thenApply(answer -> true)
                .exceptionallyCompose(failure -> {
                    // A dependent stage sees the failure wrapped.
                    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
                    return cause instanceof AoeException e && e.kind() == Kind.TIMEOUT
                            ? config().thenApply(other -> false)
                            : CompletableFuture.failedFuture(failure);
                });
    }

    private CompletableFuture<byte[]> config(int command, byte[] string, long patience) {
        if (string.length > ConfigFields.MAX_STRING) {
            throw new IllegalArgumentException(
                    "a config string has at most " + ConfigFields.MAX_STRING + " bytes, got " + string.length);
        }
        byte[] copy = string.clone();
        checkFits(ConfigFields.LENGTH + copy.length);
        return send(
                AoeHeader.CMD_CONFIG,
                patience,
                (b, at) -> {
                    ConfigFields.write(b, at, 0, 0, 0, 0, command, copy.length);
                    b.put(at + ConfigFields.LENGTH, copy);
                    return ConfigFields.LENGTH + copy.length;
                },
                (frame, attempts) -> {
                    refuse(frame);
                    byte[] answer = new byte[ConfigFields.stringLength(frame.bytes(), AT)];
                    frame.bytes().get(AT + ConfigFields.LENGTH, answer);
                    return answer;
                });
    }

    // ---- mask list

    /**
     * Reads the list of addresses that the target listens to; empty means all.
     *
     * @return the list
     */
    public CompletableFuture<List<MacAddress>> mask() {
        return editMask(MaskFields.READ, List.of());
    }

    /**
     * Edits the mask list, in order. It can lock out its own editor. Fails with REFUSED at the first edit that the target
     * does not take; those before it may have been done.
     *
     * @param edits up to 185, as fit one frame
     * @return the list after it
     */
    public CompletableFuture<List<MacAddress>> editMask(List<MaskEdit> edits) {
        return editMask(MaskFields.EDIT, List.copyOf(edits));
    }

    private CompletableFuture<List<MacAddress>> editMask(int command, List<MaskEdit> edits) {
        if (edits.size() > MAX_MASK_EDITS) {
            throw new IllegalArgumentException("at most " + MAX_MASK_EDITS + " edits fit a frame, got " + edits.size());
        }
        checkFits(MaskFields.LENGTH + edits.size() * MaskFields.DIRECTIVE_LENGTH);
        return send(
                AoeHeader.CMD_MASK,
                patience,
                (b, at) -> {
                    MaskFields.write(b, at, command, 0, edits.size());
                    for (int i = 0; i < edits.size(); i++) {
                        MaskEdit edit = edits.get(i);
                        int directive = edit.add() ? MaskFields.DIRECTIVE_ADD : MaskFields.DIRECTIVE_DELETE;
                        MaskFields.writeDirective(
                                b, at, i, directive, edit.mac().value());
                    }
                    return MaskFields.LENGTH + edits.size() * MaskFields.DIRECTIVE_LENGTH;
                },
                (frame, attempts) -> {
                    refuse(frame);
                    ByteBuffer b = frame.bytes();
                    int error = MaskFields.error(b, AT);
                    if (error != 0) {
                        throw new AoeException(
                                Kind.REFUSED,
                                address + " refused edit " + MaskFields.count(b, AT) + " of the mask list: "
                                        + maskError(error));
                    }
                    List<MacAddress> list = new ArrayList<>();
                    for (int i = 0; i < MaskFields.count(b, AT); i++) {
                        list.add(MacAddress.of(MaskFields.mac(b, AT, i)));
                    }
                    return list;
                });
    }

    private static String maskError(int error) {
        return switch (error) {
            case MaskFields.ERR_BAD_DIRECTIVE -> "bad directive";
            case MaskFields.ERR_FULL -> "the list is full";
            default -> "mask error " + error;
        };
    }

    // ---- reservation

    /**
     * Reads who has reserved the target; nobody if empty.
     *
     * @return the list
     */
    public CompletableFuture<List<MacAddress>> reservation() {
        return reserve(ReserveFields.READ, List.of());
    }

    /**
     * Reserves the target, if it is free or a port of ours is on the list. Else ends with REFUSED.
     *
     * @param macs who may use it from now on; none releases it
     * @return the list after it
     */
    public CompletableFuture<List<MacAddress>> reserve(Collection<MacAddress> macs) {
        return reserve(ReserveFields.SET, List.copyOf(macs));
    }

    /**
     * Reserves the target for these addresses whatever was reserved before.
     *
     * @param macs who may use it from now on; none releases it
     * @return the list after it
     */
    public CompletableFuture<List<MacAddress>> forceReserve(Collection<MacAddress> macs) {
        return reserve(ReserveFields.FORCE, List.copyOf(macs));
    }

    private CompletableFuture<List<MacAddress>> reserve(int command, List<MacAddress> macs) {
        if (macs.size() > MAX_RESERVED) {
            throw new IllegalArgumentException(
                    "at most " + MAX_RESERVED + " addresses fit a frame, got " + macs.size());
        }
        checkFits(ReserveFields.LENGTH + macs.size() * MacAddress.BYTES);
        return send(
                AoeHeader.CMD_RESERVE,
                patience,
                (b, at) -> {
                    ReserveFields.write(b, at, command, macs.size());
                    for (int i = 0; i < macs.size(); i++) {
                        ReserveFields.writeMac(b, at, i, macs.get(i).value());
                    }
                    return ReserveFields.LENGTH + macs.size() * MacAddress.BYTES;
                },
                (frame, attempts) -> {
                    ByteBuffer b = frame.bytes();
                    boolean whole = FrameValidator.body(b, 0, frame.length()) == Verdict.ACCEPTED;
                    List<MacAddress> list = new ArrayList<>();
                    for (int i = 0; whole && i < ReserveFields.count(b, AT); i++) {
                        list.add(MacAddress.of(ReserveFields.mac(b, AT, i)));
                    }
                    // A list without ourselves is set once; its repetition is refused with the very list (spec §7).
                    boolean ownRepetition = attempts > 1 && whole && list.equals(macs);
                    if (!ownRepetition) {
                        refuse(frame);
                    }
                    return list;
                });
    }

    // ---- ATA

    /**
     * Asks for the IDENTIFY block.
     *
     * @return its 512 bytes
     */
    public CompletableFuture<byte[]> identify() {
        return ata(0, 0, 1, AtaCommand.IDENTIFY, 0xA0L << 24, new byte[0]).thenCompose(reply -> {
            if (reply.aoeError() != 0
                    || !AtaStatus.isSuccess(reply.status())
                    || reply.data().length < AtaCommand.SECTOR) {
                return CompletableFuture.failedFuture(new AoeException(
                        Kind.REFUSED,
                        address + " refused IDENTIFY: AoE error " + reply.aoeError() + ", "
                                + AtaStatus.describe(reply.status(), reply.error())));
            }
            return CompletableFuture.completedFuture(java.util.Arrays.copyOf(reply.data(), AtaCommand.SECTOR));
        });
    }

    /**
     * Sends one ATA command as it is, for tools that examine a target. It goes past the order that disks keep: do not
     * write to a disk that is open.
     *
     * @param flags AFlags
     * @param features features register
     * @param count sector count register
     * @param command command register
     * @param lba six LBA registers, device register included
     * @param data what follows the registers; as much as the smallest MTU allows
     * @return the answer, whether good or bad
     * @throws IllegalArgumentException if the data does not fit a frame of the port with the smallest MTU
     */
    public CompletableFuture<AtaReply> ata(int flags, int features, int count, int command, long lba, byte[] data) {
        byte[] copy = data.clone();
        checkFits(AtaFields.LENGTH + copy.length);
        return send(
                AoeHeader.CMD_ATA,
                patience,
                (b, at) -> {
                    AtaFields.write(b, at, flags, features, count, command, lba);
                    b.put(at + AtaFields.LENGTH, copy);
                    return AtaFields.LENGTH + copy.length;
                },
                (frame, attempts) -> {
                    ByteBuffer b = frame.bytes();
                    if (AoeHeader.isError(b, AT)) {
                        return new AtaReply(AoeHeader.error(b, AT), 0, 0, 0, 0, new byte[0], attempts);
                    }
                    byte[] answer = new byte[frame.length() - AtaFields.DATA_AT];
                    b.get(AtaFields.DATA_AT, answer);
                    return new AtaReply(
                            0,
                            AtaFields.status(b, AT),
                            AtaFields.error(b, AT),
                            AtaFields.count(b, AT),
                            AtaFields.lba48(b, AT),
                            answer,
                            attempts);
                });
    }

    // ---- all of them

    /** Any port may be the one that sends it: what is too long for a slot must not reach the event loop. */
    private void checkFits(int payload) {
        for (int i = 0; i < loop.ports.size(); i++) {
            Port port = loop.ports.get(i);
            int mtu = port.link.mtu();
            if (payload > mtu) {
                throw new IllegalArgumentException(
                        payload + " bytes of message do not fit the MTU of " + port.name + ", " + mtu);
            }
        }
    }

    private void refuse(Frame frame) throws AoeException {
        if (AoeHeader.isError(frame.bytes(), AT)) {
            int code = AoeHeader.error(frame.bytes(), AT);
            throw new AoeException(Kind.REFUSED, address + " refused: " + errorName(code));
        }
    }

    private static String errorName(int code) {
        return switch (code) {
            case AoeHeader.ERR_UNKNOWN_COMMAND -> "it does not know the command (AoE error 1)";
            case AoeHeader.ERR_BAD_ARGUMENT -> "bad argument (AoE error 2)";
            case AoeHeader.ERR_UNAVAILABLE -> "the device is not available now (AoE error 3)";
            case AoeHeader.ERR_CONFIG_PRESENT -> "another config string is set (AoE error 4)";
            case AoeHeader.ERR_VERSION -> "version not supported (AoE error 5)";
            case AoeHeader.ERR_RESERVED -> "it is reserved for others (AoE error 6)";
            default -> "AoE error " + code;
        };
    }

    private <T> CompletableFuture<T> send(int command, long patience, Operation.Body body, Operation.Parser<T> parser) {
        CompletableFuture<T> future = new CompletableFuture<>();
        initiator.run(() -> {
            if (loop.closed) {
                future.completeExceptionally(AoeInitiator.closedFailure());
                return;
            }
            loop.now = loop.time();
            loop.discovery.openings.find(
                    address,
                    patience,
                    target -> loop.controls.start(
                            new Operation<>(target, loop.now, patience, command, body, parser, future)),
                    future::completeExceptionally);
        });
        return future;
    }
}
