package io.diskless.aoe.target;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.ConfigFields;
import io.diskless.aoe.wire.FrameValidator;
import io.diskless.aoe.wire.MaskFields;
import io.diskless.aoe.wire.ReserveFields;
import io.diskless.aoe.wire.Verdict;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Config string, mask list and reservation against a model, by random sequences of requests from three peers. */
class SettingsProperties {
    private static final int AT = AoeHeader.AT;

    private static MacAddress peer(int i) {
        return MacAddress.of(0x0200_0000_0001L + i);
    }

    /** As initiators do: a new one for each request. */
    private int tag = 0x8000_0000;

    private byte[] config = {};
    private final LinkedHashSet<MacAddress> mask = new LinkedHashSet<>();
    private final LinkedHashSet<MacAddress> reservation = new LinkedHashSet<>();

    @Property(tries = 60)
    void behavesLikeTheModel(@ForAll long seed, @ForAll boolean allOrNothing) throws Exception {
        Random random = new Random(seed);
        config = new byte[0];
        mask.clear();
        reservation.clear();
        try (Bench bench = new Bench()) {
            for (int i = 0; i < 3; i++) {
                bench.target.access().put(AccessRule.of(peer(i), Access.READ_WRITE));
            }
            int capacity = 1 + random.nextInt(4);
            Export export = bench.target.export(
                    Bench.E1_2,
                    MemoryDevice.create(512),
                    ExportOptions.builder()
                            .maskAllOrNothing(allOrNothing)
                            .maskCapacity(capacity)
                            .build());
            bench.received();
            for (int i = 0; i < 60; i++) {
                MacAddress from = peer(random.nextInt(3));
                switch (random.nextInt(3)) {
                    case 0 -> configStep(bench, random, from);
                    case 1 -> maskStep(bench, random, from, capacity, allOrNothing);
                    default -> reserveStep(bench, random, from);
                }
                assertThat(export.settings())
                        .isEqualTo(new ExportSettings(config, new ArrayList<>(mask), new ArrayList<>(reservation)));
                if (mask.size() > 0 && mask.stream().noneMatch(m -> m.value() < 0x0200_0000_0004L)) {
                    // Nobody of us is heard any more.
                    export.apply(new ExportSettings(config, List.of(), new ArrayList<>(reservation)));
                    mask.clear();
                    bench.received();
                }
            }
        }
    }

    /** Sends it as if from that peer; the answer goes to a port that does not exist, so it is read off another. */
    private static ByteBuffer ask(Bench bench, MacAddress from, byte[] frame) throws Exception {
        var port = from.equals(Bench.CLIENT) ? bench.client : bench.segment.attach("x", from, 1500);
        ByteBuffer.wrap(frame).putShort(6, (short) (from.value() >>> 32)).putInt(8, (int) from.value());
        Bench.send(port, frame);
        List<byte[]> got = bench.received(port);
        if (port != bench.client) {
            port.close();
        }
        bench.received();
        assertThat(got).hasSizeLessThanOrEqualTo(1);
        if (got.isEmpty()) {
            return ByteBuffer.allocate(0);
        }
        ByteBuffer b = ByteBuffer.wrap(got.get(0));
        assertThat(FrameValidator.response(b, 0, b.capacity()).isAccepted()).isTrue();
        return b;
    }

    private boolean heard(MacAddress from) {
        return mask.isEmpty() || mask.contains(from);
    }

    private void configStep(Bench bench, Random random, MacAddress from) throws Exception {
        int command = random.nextInt(5);
        byte[] string = new byte[random.nextInt(3)];
        for (int i = 0; i < string.length; i++) {
            string[i] = (byte) ('a' + random.nextInt(2));
        }
        byte[] before = config;
        ByteBuffer answer = ask(bench, from, Bench.config(tag++, command, string));
        boolean expected = heard(from)
                && switch (command) {
                    case ConfigFields.TEST -> Arrays.equals(before, string);
                    case ConfigFields.PREFIX ->
                        string.length <= before.length && Arrays.equals(Arrays.copyOf(before, string.length), string);
                    default -> true;
                };
        assertThat(answer.capacity() > 0).isEqualTo(expected);
        if (!expected) {
            return;
        }
        boolean refused = command == ConfigFields.SET && before.length > 0 && !Arrays.equals(before, string);
        if (command == ConfigFields.FORCE || (command == ConfigFields.SET && !refused)) {
            config = string;
        }
        assertThat(AoeHeader.isError(answer, AT)).isEqualTo(refused);
        assertThat(AoeHeader.error(answer, AT)).isEqualTo(refused ? 4 : 0);
        assertThat(ConfigFields.command(answer, AT)).isEqualTo(command);
        byte[] told = new byte[ConfigFields.stringLength(answer, AT)];
        answer.get(AT + ConfigFields.LENGTH, told);
        assertThat(told).isEqualTo(config);
    }

    private void maskStep(Bench bench, Random random, MacAddress from, int capacity, boolean allOrNothing)
            throws Exception {
        int n = random.nextInt(4);
        long[] directives = new long[n];
        for (int i = 0; i < n; i++) {
            directives[i] = (long) random.nextInt(random.nextInt(8) == 0 ? 5 : 3) << 48
                    | peer(random.nextInt(5)).value();
        }
        ByteBuffer answer = ask(bench, from, Bench.mask(tag++, n == 0 ? random.nextInt(2) : 1, directives));
        assertThat(answer.capacity() > 0).isEqualTo(heard(from));
        if (!heard(from)) {
            return;
        }
        LinkedHashSet<MacAddress> list = new LinkedHashSet<>(mask);
        int done = 0;
        int error = 0;
        for (long d : directives) {
            MacAddress mac = MacAddress.of(d & 0xFFFF_FFFF_FFFFL);
            int command = (int) (d >>> 48);
            if (command == 1 && !list.contains(mac) && list.size() == capacity) {
                error = MaskFields.ERR_FULL;
            } else if (command == 1) {
                list.add(mac);
            } else if (command == 2) {
                list.remove(mac);
            } else if (command > 2) {
                error = MaskFields.ERR_BAD_DIRECTIVE;
            }
            if (error != 0) {
                break;
            }
            done++;
        }
        if (error == 0 || !allOrNothing) {
            mask.clear();
            mask.addAll(list);
        }
        assertThat(AoeHeader.isError(answer, AT)).isFalse();
        assertThat(MaskFields.error(answer, AT)).isEqualTo(error);
        assertThat(MaskFields.count(answer, AT)).isEqualTo(error == 0 ? mask.size() : done);
        if (error == 0) {
            int i = 0;
            for (MacAddress mac : mask) {
                assertThat(MaskFields.mac(answer, AT, i)).isEqualTo(mac.value());
                assertThat(MaskFields.directive(answer, AT, i++)).isZero();
            }
        }
    }

    private void reserveStep(Bench bench, Random random, MacAddress from) throws Exception {
        int command = random.nextInt(3);
        MacAddress[] list = new MacAddress[random.nextInt(3)];
        for (int i = 0; i < list.length; i++) {
            list[i] = peer(random.nextInt(4));
        }
        ByteBuffer answer = ask(bench, from, Bench.reserve(from, tag++, command, list));
        assertThat(answer.capacity() > 0).isEqualTo(heard(from));
        if (!heard(from)) {
            return;
        }
        boolean refused = command == ReserveFields.SET && !reservation.isEmpty() && !reservation.contains(from);
        if (command != ReserveFields.READ && !refused) {
            reservation.clear();
            reservation.addAll(Arrays.asList(list));
        }
        assertThat(AoeHeader.error(answer, AT)).isEqualTo(refused ? 6 : 0);
        assertThat(ReserveFields.count(answer, AT)).isEqualTo(reservation.size());
        int i = 0;
        for (MacAddress mac : reservation) {
            assertThat(ReserveFields.mac(answer, AT, i++)).isEqualTo(mac.value());
        }
        // A reservation keeps others from the disk, IDENTIFY excepted.
        boolean admitted = reservation.isEmpty() || reservation.contains(from);
        ByteBuffer read = ask(bench, from, Bench.read(4, 0, 1));
        assertThat(AoeHeader.error(read, AT)).isEqualTo(admitted ? 0 : 6);
        ByteBuffer identify = ask(bench, from, Bench.ata(Bench.E1_2, 5, 0, 0, 1, 0xEC, 0));
        assertThat(FrameValidator.response(identify, 0, identify.capacity())).isEqualTo(Verdict.ACCEPTED);
    }
}
