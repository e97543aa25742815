package io.diskless.netboot.dhcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** What is built is read back, in every room; what is damaged keeps its bytes. */
class DhcpMessageProperties {
    @Provide
    Arbitrary<List<DhcpOption>> options() {
        Arbitrary<DhcpOption> one = Combinators.combine(
                        Arbitraries.integers().between(1, 254).filter(c -> c != OptionCodes.OVERLOAD),
                        Arbitraries.bytes().array(byte[].class).ofMaxSize(400))
                .as((code, data) -> new DhcpOption(code, Octets.of(data)));
        return one.list().ofMaxSize(12).uniqueElements(DhcpOption::code);
    }

    @Property(tries = 500)
    void whatFitsIsReadBackAndTheRestIsLeftOut(
            @ForAll("options") List<DhcpOption> options, @ForAll @IntRange(min = 300, max = 1472) int max) {
        DhcpMessageBuilder builder = DhcpMessageBuilder.of(header()).maxLength(max);
        options.forEach(builder::optionIfRoom);

        byte[] bytes = builder.build().encode();
        assertThat(bytes.length).isBetween(DhcpMessageBuilder.MIN_LENGTH, max);
        DhcpMessage read = Captures.decode(bytes);
        assertThat(read.verdict()).isEqualTo(DhcpVerdict.ACCEPTED);
        for (DhcpOption option : options) {
            assertThat(read.options().find(option.code())).isIn(Optional.of(option.data()), Optional.empty());
        }
        int all = options.stream().mapToInt(o -> o.data().size() + 6).sum();
        if (all + DhcpFields.FIXED_LENGTH + 8 <= max) {
            assertThat(read.options().codes()).hasSameSizeAs(options);
        }
    }

    @Property(tries = 500)
    void theOrderIsTheOneThatClientsExpect(@ForAll("options") List<DhcpOption> options) {
        List<DhcpOption> shuffled = new ArrayList<>(options);
        shuffled.removeIf(o -> List.of(1, 3, 53, 54, 82).contains(o.code()));
        shuffled.add(0, DhcpOption.u32(82, 7));
        shuffled.add(DhcpOption.u32(3, 1));
        shuffled.add(DhcpOption.u32(1, 1));
        shuffled.add(DhcpOption.u32(54, 1));
        shuffled.add(DhcpOption.u8(53, 2));
        DhcpMessageBuilder builder = DhcpMessageBuilder.of(header()).maxLength(8000);
        shuffled.forEach(builder::option);

        List<Integer> codes =
                builder.build().parts().stream().map(DhcpOption::code).toList();
        assertThat(codes).startsWith(53, 54).endsWith(82);
        assertThat(codes.indexOf(1)).isLessThan(codes.indexOf(3));
    }

    @Property(tries = 500)
    void everyPrefixAndEveryFlippedByteKeepsItsBytesOrIsRefused(
            @ForAll @IntRange(max = 21) int which, @ForAll int where, @ForAll byte value) {
        byte[] good = Captures.payloads("g-linux-clients").get(which);
        byte[] bad = Arrays.copyOf(good, Math.floorMod(where, good.length) + 1);
        bad[bad.length - 1] = value;
        byte[] flipped = good.clone();
        flipped[Math.floorMod(where, good.length)] = value;

        for (byte[] bytes : List.of(bad, flipped)) {
            ByteBuffer b = ByteBuffer.wrap(bytes);
            DhcpVerdict verdict = DhcpFields.validate(b, 0, bytes.length);
            Optional<DhcpMessage> message = DhcpMessage.decode(b, 0, bytes.length);
            assertThat(message.isPresent()).isEqualTo(verdict.isReadable());
            message.ifPresent(m -> {
                assertThat(m.verdict()).isEqualTo(verdict);
                assertThat(m.encode()).isEqualTo(bytes);
            });
        }
    }

    @Property(tries = 500)
    void aSearchListIsReadBack(@ForAll("names") List<String> names) {
        assertThat(DomainSearch.parse(new DomainSearch(names).toOctets())).contains(new DomainSearch(names));
    }

    @Provide
    Arbitrary<List<String>> names() {
        Arbitrary<String> label =
                Arbitraries.strings().withChars("abc-9").ofMinLength(1).ofMaxLength(40);
        return label.list()
                .ofMinSize(1)
                .ofMaxSize(6)
                .map(l -> String.join(".", l))
                .list()
                .ofMaxSize(20);
    }

    static DhcpHeader header() {
        return Captures.messages("a3-fast").get(0).header();
    }
}
