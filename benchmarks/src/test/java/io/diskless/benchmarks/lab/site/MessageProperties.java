package io.diskless.benchmarks.lab.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

/** A message survives its line. */
class MessageProperties {
    @Property
    void whateverTheFieldsHoldALineBringsThemOver(@ForAll @Size(max = 5) Map<String, String> fields) {
        Message message = Message.of("verb");
        for (Map.Entry<String, String> field : fields.entrySet()) {
            // A lone surrogate has no UTF-8 form; every text of a person has one.
            if (!utf8(field.getKey()) || !utf8(field.getValue())) {
                return;
            }
            message = message.with(field.getKey(), field.getValue());
        }
        String line = message.toString();
        assertThat(line).doesNotContain("\n").doesNotContain("\r");
        assertThat(Message.parse(line)).isEqualTo(message);
    }

    private static boolean utf8(String text) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    @Example
    void aMissingOrWrongFieldIsNamed() {
        Message message = Message.of("copy").with("length", "many");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> message.text("from"))
                .withMessage("\"copy\" lacks the field \"from\"");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> message.number("length"))
                .withMessageContaining("many");
    }
}
